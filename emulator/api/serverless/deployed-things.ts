/** What a service of Twilio Functions is made of: uploads and their versions, builds of these, and environments. */

export const VISIBILITIES = ['public', 'protected', 'private'] as const;

export interface Version {
  readonly sid: string;
  readonly path: string;
  readonly visibility: (typeof VISIBILITIES)[number];
  readonly content: string;
  readonly createdAt: number;
}

export interface Upload {
  readonly sid: string;
  readonly friendlyName: string;
  readonly createdAt: number;
  readonly versions: Map<string, Version>;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

export interface Build {
  readonly sid: string;
  readonly status: 'completed';
  readonly functionVersions: readonly string[];
  readonly assetVersions: readonly string[];
  readonly dependencies: readonly Dependency[];
  readonly runtime: string;
  readonly createdAt: number;
}

export interface Environment {
  readonly sid: string;
  readonly uniqueName: string;
  /** Null for the environment whose domain has no suffix. */
  readonly domainSuffix: string | null;
  readonly domainName: string;
  readonly createdAt: number;
  /** The build that is live, or null before the first deployment. */
  buildSid: string | null;
  readonly variables: Map<string, Variable>;
}

export interface Variable {
  readonly sid: string;
  key: string;
  value: string;
  readonly createdAt: number;
  updatedAt: number;
}
