/** A CSV that is imported is its text: build.mjs puts it into the page. */
declare module '*.csv' {
  const text: string;
  export default text;
}
