/** How a flow's widgets hang together: names, transitions, and what no path leads to. It must not look into a widget. */
import { type Flow, type FlowProblem, flowError, widgetError } from './flow';

export function transitionProblems(flow: Flow): readonly FlowProblem[] {
  const names = flow.states.map(({ name }) => name);
  const known = new Set(names);
  const problems: FlowProblem[] = [];
  if (!known.has(flow.initial_state)) {
    problems.push(flowError('initial_state', `There is no widget "${flow.initial_state}" to begin with.`));
  }
  for (const name of known) {
    const count = names.filter((other) => other === name).length;
    if (count > 1)
      problems.push(flowError('states', `${count} widgets are named "${name}": names are unique.`));
  }
  for (const state of flow.states) {
    for (const { event, next } of state.transitions) {
      if (next && !known.has(next))
        problems.push(
          widgetError(state, `transitions.${event}`, `There is no widget "${next}" to go on to.`),
        );
    }
  }
  const reached = reachable(flow);
  for (const state of flow.states) {
    if (!reached.has(state.name))
      problems.push(widgetError(state, 'name', 'No path leads here: connect it, or remove it.'));
  }
  return problems;
}

function reachable(flow: Flow): ReadonlySet<string> {
  const byName = new Map(flow.states.map((state) => [state.name, state]));
  const reached = new Set<string>();
  const ahead = [flow.initial_state];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const state = byName.get(name);
    if (!state || reached.has(name)) continue;
    reached.add(name);
    ahead.push(...state.transitions.flatMap(({ next }) => next ?? []));
  }
  return reached;
}
