/** The settings of the desk: when a window is marked, and that red never begins before amber. */
import { readSettings } from '../../src/http/settings';

const REQUIRED = {
  ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  AUTH_TOKEN: 'auth-token-of-a-test',
  SYNC_SERVICE_SID: `IS${'1'.repeat(32)}`,
  WHATSAPP_SENDER: 'whatsapp:+14155238886',
};

test.each([
  [{}, 7200, 1800],
  [{ DESK_SOON_SECONDS: '3600' }, 3600, 1800],
  [{ DESK_SOON_SECONDS: '600' }, 600, 600],
  [{ DESK_SOON_SECONDS: '14400', DESK_URGENT_SECONDS: '0' }, 14_400, 0],
])('the desk marks a window by %j', (env, soonSeconds, urgentSeconds) => {
  const read = readSettings({ ...REQUIRED, ...env });
  expect(read.ok && read.settings.desk).toEqual({ soonSeconds, urgentSeconds });
});
