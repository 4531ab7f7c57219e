/** Forgetting a person, cut short at every write: an opt-out stands at every moment, and the same call again ends it. */
import { forgetPerson } from '../../../src/use-cases/contacts/forget-person';
import { readPerson } from '../../../src/use-cases/contacts/read-person';
import { useEmulator } from '../../emulator/emulator-client';
import { at, forgetStage, NOW, newPerson, sender, stop } from '../../twilio/forget-stage';

const { ports, portsWith, dyingAt, store, stored } = forgetStage(useEmulator());

test('wherever it is cut short, an opt-out stands under every name, and the same call again finishes it', async () => {
  for (const name of ['phone', 'bsuid'] as const) {
    let isCut = true;
    let write = 0;
    for (write = 1; isCut; write += 1) {
      const person = newPerson();
      await store(person);
      await ports().records.change({ sender, user: person.phone }, stop);
      isCut = await forgetPerson(portsWith(dyingAt(write)), { sender, user: person[name] }, NOW).then(
        () => false,
        () => true,
      );
      for (const user of [person.phone, person.bsuid]) {
        const { optedOut } = await readPerson(ports(), { sender, user }, at, {
          remember: false,
          fresh: true,
        });
        expect([name, write, user, optedOut]).toEqual([name, write, user, true]);
      }
      await forgetPerson(ports(), { sender, user: person[name] }, NOW);
      const left = await stored(person.phone, person.bsuid);
      expect([name, write, left.length, left.filter((text) => !text.includes('optedOutAt'))]).toEqual([
        name,
        write,
        2,
        [],
      ]);
    }
    // Several windows, a queue, a link, a record and the marks: less would mean that it was never cut.
    expect(write).toBeGreaterThan(8);
  }
});
