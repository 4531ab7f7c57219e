/** Values of variables as a caller writes them: what reaches the user has every digit. */
import { newUser, useService } from './service';

const service = useService();

test.each([
  ['an account number', '{"1":"a","2":9400111899223197428490}', '9400111899223197428490'],
  ['a decimal', '{"1":"a","2":1.10}', '1.10'],
  ['an exponent', '{"1":"a","2":1e400}', '1e400'],
  ['digits in a text with quotes', '{"1":"a","2":"say \\"12\\" twice"}', 'say "12" twice'],
])(
  '%s in the JSON text of contentVariables reaches the user as it was written',
  async (_says, contentVariables, value) => {
    const to = newUser();
    const { status } = await service.send({ to, template: 'lesson_code', contentVariables });
    const sent = await service.outbound(to);
    expect([status, sent.map(({ text }) => text)]).toEqual([200, [`Your a code is ${value}.`]]);
  },
);

test('a message that is held in another language than the reply prompt’s gets the prompt in its own language', async () => {
  const to = newUser();
  const { status, json } = await service.send({ to, body: 'Hola', whenClosed: 'hold', language: 'es' });
  expect([status, json.outcome, (await service.outbound(to)).length]).toEqual([200, 'held', 1]);
});
