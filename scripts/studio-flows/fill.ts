/** Puts SIDs and the domain of what is deployed where a flow has placeholders. It touches nothing else. */
import type { DeployedService } from './deployed-service';
import type { Flow, State } from './flow';
import { functionCalls, PLACEHOLDER } from './run-function';

/** Null counts as a placeholder: that is what the editor exports before a function is chosen. */
const isOpen = (value: unknown) => value == null || (typeof value === 'string' && PLACEHOLDER.test(value));

export function fill(flow: Flow, deployed: DeployedService): Flow {
  const calls = new Map(functionCalls(flow).map((call) => [call.state, call]));
  return {
    ...flow,
    states: flow.states.map((state): State => {
      const call = calls.get(state);
      if (!call || (call.host !== undefined && call.host !== deployed.domain)) return state;
      const { properties } = state;
      const sids = {
        service_sid: deployed.serviceSid,
        environment_sid: deployed.environmentSid,
        function_sid: deployed.functions.get(call.path),
      };
      const filled = Object.entries(sids).filter(
        ([field, sid]) => sid !== undefined && isOpen(properties[field]),
      );
      return {
        ...state,
        properties: {
          ...properties,
          ...Object.fromEntries(filled),
          url: `https://${deployed.domain}${call.path}`,
        },
      };
    }),
  };
}
