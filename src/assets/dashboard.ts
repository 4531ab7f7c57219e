/** The dashboard: a desk at which customers are answered. It puts the page into the document and wakes what it shows. */
import { h, render } from 'preact';
import { Desk } from './dashboard/state/desk';
import { App } from './dashboard/view/app';
import { notifyOfArrival } from './dashboard/view/notify';
import { firstLine } from './dashboard/words/plain-text';
import { spokenNumber } from './dashboard/words/spoken-number';

// Chromium 156 keeps the old style of a node that is moved this way while its attributes change: a row that moves as its
// window closes would go on looking open. Without it Preact moves nodes by `insertBefore`.
Reflect.deleteProperty(Element.prototype, 'moveBefore');

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');
const desk = new Desk(({ key, user, profileName }) => {
  const name = firstLine(profileName ?? '') || spokenNumber(user);
  notifyOfArrival(name, key, () => desk.choose(key));
});
const notice = document.querySelector('meta[name=notice]')?.getAttribute('content') ?? '';
render(h(App, { desk, notice }), root);
desk.start();
