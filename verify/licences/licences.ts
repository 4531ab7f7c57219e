/** Which components of a bill of materials (CycloneDX, as `npm sbom` prints it) have a licence that is not allowed. */

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    /** Such as `(MIT OR Apache-2.0)`. */
    readonly expression?: string;
  }[];
}

export interface Sbom {
  readonly components: readonly Component[];
}

/** Each lets this project be used and handed on under MIT, because nothing of them is copied into its own files. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  // caniuse-lite: data for the build.
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  // axe-core: used by the browser tests, unchanged.
  'MPL-2.0',
  // argparse: the licence of Python itself, and its successor.
  'Python-2.0',
  'PSF-2.0',
]);

/** Packages whose manifest names no licence, and where it stands instead. */
const STATED_ELSEWHERE: Readonly<Record<string, string>> = {
  // https://github.com/twilio-labs/serverless-toolkit/blob/main/LICENSE
  '@twilio-labs/serverless-runtime-types': 'MIT',
};

/** @returns a line for each, such as `left-pad 1.0.0: GPL-3.0-only` */
export function refusedLicences({ components }: Sbom): readonly string[] {
  return components.flatMap((component) => {
    const licence = licenceOf(component);
    return isAllowed(licence)
      ? []
      : [`${component.name} ${component.version}: ${licence || 'none is named'}`];
  });
}

function licenceOf({ name, licenses = [] }: Component): string {
  const named = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '');
  return named.join(' AND ') || (STATED_ELSEWHERE[name] ?? '');
}

/** Of `A OR B` one is enough, of `A AND B` both are needed; what is nested deeper is refused, to be looked at. */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => ALLOWED.has(licence)));
}
