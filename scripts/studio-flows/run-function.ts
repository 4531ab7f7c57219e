/** The Run Function widgets of a flow that call this service: what they give it, and whether that is where they say. */
import { CALLED_FUNCTIONS, parameterProblems } from './called-functions';
import type { DeployedService } from './deployed-service';
import { type Flow, type FlowProblem, type State, widgetError } from './flow';

/** What stands in a flow of this project until it is filled in. */
export const PLACEHOLDER = /^YOUR_[A-Z_]+$/;
const PLACEHOLDER_URL = /^https:\/\/YOUR_[A-Z_]+(?=\/)/;

export interface FunctionCall {
  readonly state: State;
  /** Such as `/studio/window`; empty where the address is made when the flow runs. */
  readonly path: string;
  /** Such as `whatsapp-window-1234-dev.twil.io`, or undefined for a placeholder. */
  readonly host: string | undefined;
}

export function functionCalls(flow: Flow): readonly FunctionCall[] {
  return flow.states
    .filter(({ type }) => type === 'run-function')
    .map((state) => {
      const url = String(state.properties.url);
      const isPlaceholder = PLACEHOLDER_URL.test(url);
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      return { state, path: parsed?.pathname ?? '', host: isPlaceholder ? undefined : parsed?.host };
    });
}

/**
 * @param deployed what the account has, or null where nobody looked
 */
export function runFunctionProblems(flow: Flow, deployed: DeployedService | null): readonly FlowProblem[] {
  return functionCalls(flow).flatMap((call) => {
    if (!isOurs(call, deployed)) return [];
    return [
      ...addressProblems(call),
      ...givenProblems(call),
      ...(deployed ? deployedProblems(call, deployed) : []),
    ];
  });
}

/** A function of somebody else's service is nobody's business here; one under the same path is taken for this one. */
function isOurs({ state, path, host }: FunctionCall, deployed: DeployedService | null): boolean {
  if (host === undefined && path !== '') return true;
  if (deployed && (host === deployed.domain || state.properties.service_sid === deployed.serviceSid))
    return true;
  return Object.hasOwn(CALLED_FUNCTIONS, path);
}

function addressProblems({ state, path }: FunctionCall): readonly FlowProblem[] {
  if (Object.hasOwn(CALLED_FUNCTIONS, path)) return [];
  const twin = `/studio${path}`;
  const hint = Object.hasOwn(CALLED_FUNCTIONS, twin)
    ? `${path} takes a token, which Run Function cannot send: call ${twin}.`
    : `Studio calls ${Object.keys(CALLED_FUNCTIONS).join(' and ')} of this service.`;
  return [widgetError(state, 'properties.url', hint)];
}

function givenProblems({ state, path }: FunctionCall): readonly FlowProblem[] {
  const called = CALLED_FUNCTIONS[path];
  if (!called) return [];
  const given = (state.properties.parameters ?? []) as readonly { key: string; value: string }[];
  return parameterProblems(called, given).map(({ field, message }) =>
    widgetError(state, `properties.parameters.${field}`, message),
  );
}

function deployedProblems(
  { state, path, host }: FunctionCall,
  deployed: DeployedService,
): readonly FlowProblem[] {
  const functionSid = deployed.functions.get(path);
  const expected = {
    service_sid: deployed.serviceSid,
    environment_sid: deployed.environmentSid,
    ...(functionSid && { function_sid: functionSid }),
  };
  const problems = Object.entries(expected).flatMap(([field, sid]) =>
    state.properties[field] === sid
      ? []
      : [widgetError(state, `properties.${field}`, `What is deployed has ${sid} here, in ${deployed.name}.`)],
  );
  if (host !== deployed.domain)
    problems.push(
      widgetError(state, 'properties.url', `What is deployed is at https://${deployed.domain}${path}.`),
    );
  if (!functionSid && Object.hasOwn(CALLED_FUNCTIONS, path))
    problems.push(widgetError(state, 'properties.url', `${path} is not deployed: npm run deploy.`));
  return problems;
}
