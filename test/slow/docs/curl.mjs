#!/usr/bin/env node
// A curl for the tests of documents where the machine has none: it knows the options that the documents use and refuses
// any other. It must not be more forgiving than curl is.
const words = process.argv.slice(2);
const headers = new Headers();
/** @type {string[]} */
const data = [];
let url = '';
let method = 'GET';

function next() {
  const word = words.shift();
  if (word === undefined) throw new Error('This curl expects something more.');
  return word;
}

/** @param {string} text */
function encoded(text) {
  const at = text.indexOf('=') + 1;
  return text.slice(0, at) + encodeURIComponent(text.slice(at));
}

/** @type {Readonly<Record<string, () => unknown>>} */
const options = {
  '-s': () => undefined,
  '-X': () => {
    method = next();
  },
  '-H': () => {
    const [name = '', ...value] = next().split(':');
    headers.set(name, value.join(':').trim());
  },
  '-u': () => headers.set('authorization', `Basic ${btoa(next())}`),
  '-d': () => data.push(next()),
  '--data-urlencode': () => data.push(encoded(next())),
};

while (words.length > 0) {
  const word = next();
  const option = options[word];
  if (option) option();
  else if (!word.startsWith('-') && url === '') url = word;
  else throw new Error(`This curl does not know ${word}.`);
}
const posts = data.length > 0;
if (posts && !headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded');
const body = { method: 'POST', headers, body: data.join('&') };
const answer = await fetch(url, posts ? body : { method, headers });
process.stdout.write(await answer.text());
