/** `npm run licences`: reads a bill of materials from standard input, and fails where a licence is not allowed. */
import { readFileSync } from 'node:fs';
import { refusedLicences, type Sbom } from './licences';

const sbom = JSON.parse(readFileSync(0, 'utf8')) as Sbom;
const refused = refusedLicences(sbom);
for (const line of refused) console.error(line);
console.log(
  refused.length === 0
    ? `${sbom.components.length} packages, each with a licence that is allowed.`
    : `${refused.length} of ${sbom.components.length} packages have none that is allowed: replace them, or add the licence in verify/licences/licences.ts with its reason.`,
);
process.exitCode = refused.length === 0 ? 0 : 1;
