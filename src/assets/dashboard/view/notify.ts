/** The browser's own notifications, where somebody allowed them: a message came while another window was in front. */

export function mayAskToNotify(): boolean {
  return 'Notification' in window && Notification.permission === 'default';
}

export async function askToNotify(): Promise<void> {
  await Notification.requestPermission();
}

/** @param name of whoever wrote; never what they wrote, which would stand on a locked screen */
export function notifyOfArrival(name: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return;
  try {
    const notification = new Notification(`${name} wrote`, { tag: name });
    notification.onclick = () => window.focus();
  } catch {
    // Chrome on Android shows none without a service worker (https://developer.mozilla.org/docs/Web/API/Notification/Notification).
  }
}
