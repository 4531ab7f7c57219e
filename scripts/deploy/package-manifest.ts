/**
 * The package.json that a deploy goes by: what Twilio installs beside the functions, and nothing else. It must not be the
 * project's own, whose tools would be no use there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptFailure } from '../command/script-failure';
import { ROOT } from '../offline/twilio-run';

/**
 * The platform's own handler of requests. The versions in npm up to 2.1.0 are reported to be refused by a build (error
 * 20001); this one exists on the platform only.
 */
export const RUNTIME_HANDLER = '2.1.2';

export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly private: true;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * @param runtimeHandler the version of `@twilio/runtime-handler`
 * @throws ScriptFailure where a dependency is not pinned: what runs has to be what was tested
 */
export function packageManifest(runtimeHandler: string): PackageManifest {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageManifest;
  const dependencies = { ...own.dependencies, '@twilio/runtime-handler': runtimeHandler };
  const loose = Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  if (loose.length > 0) {
    throw new ScriptFailure(
      `These are to be installed without an exact version: ${loose.map(([name]) => name).join(', ')}.`,
      'Give each one version, such as 6.2.0, in package.json or with --runtime-handler.',
    );
  }
  return { name: own.name, version: own.version, private: true, dependencies };
}
