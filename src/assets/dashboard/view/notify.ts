/** The browser's own notifications, where somebody allowed them: a message came while another window was in front. */
import { signal } from '@preact/signals';

/** `ask`: nobody was asked yet. `none`: this browser shows none of a page. */
export type Notifying = 'ask' | 'on' | 'blocked' | 'none';

export const notifying = signal<Notifying>(found());

function found(): Notifying {
  if (!('Notification' in window)) return 'none';
  if (Notification.permission !== 'default') return Notification.permission === 'granted' ? 'on' : 'blocked';
  try {
    // Without permission it shows nothing. Browsers of phones throw a TypeError: they show notifications of a service
    // worker only (https://developer.mozilla.org/docs/Web/API/Notification/Notification).
    new Notification('');
    return 'ask';
  } catch {
    return 'none';
  }
}

export async function askToNotify(): Promise<void> {
  notifying.value = (await Notification.requestPermission()) === 'granted' ? 'on' : 'blocked';
}

/**
 * @param name of whoever wrote; never what they wrote, which would stand on a locked screen
 * @param tag a later one of the same takes the place of the one before
 */
export function notifyOfArrival(name: string, tag: string, open: () => void): void {
  if (notifying.peek() !== 'on' || document.hasFocus()) return;
  try {
    const notification = new Notification(`${name} wrote`, { tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
      open();
    };
  } catch {
    notifying.value = 'none';
  }
}
