import type { ConnectorDefinition } from "../connectors/connector.js";
import { AUTO_CONNECTOR, CONNECTORS, type ConnectorName } from "../connectors/registry.js";
import { PAYOFFS } from "../payoffs/registry.js";
import { type RepoRef, servedName } from "../repos/ref.js";
import { type Sounds, soundBytes } from "./foreign/sounds.js";
import type { Problem } from "./issues.js";
import type { Path } from "./parse.js";
import { type Fence, locateFile, locateRepo, locateTemplate } from "./paths.js";
import type { ResolvedPaths } from "./request.js";
import type { Spec } from "./schema.js";

const connectorNamed = (name: ConnectorName): ConnectorDefinition => CONNECTORS[name];

/** Where what a spec names is to be found. */
export interface Reach {
  readonly fence: (at: Path) => Fence;
  readonly sounds: Sounds;
}

/** @param refuse told of each path that leads nowhere it may; where it does not throw, the paths are not all there. */
export async function resolvePaths(spec: Spec, { fence, sounds: said }: Reach, refuse: (problem: Problem) => void): Promise<ResolvedPaths> {
  const settle = async <T extends object>(at: Path, path: string, locate: (path: string, fence: Fence) => Promise<T>) => {
    const found = await locate(path, fence(at));
    if ("problem" in found) refuse({ path: at, at: "value", message: `${JSON.stringify(path)}: ${found.problem}` });
    return found as Exclude<T, { readonly problem: string }>;
  };
  const { connector, tokenizer: named } = spec.model;
  const served = connector !== AUTO_CONNECTOR && connectorNamed(connector).served === true;
  const repo: RepoRef = served ? { kind: "served", name: spec.model.repo } : await settle(["model", "repo"], spec.model.repo, locateRepo);
  const tokenizer = named === null ? null : await settle(["model", "tokenizer"], named, locateRepo);
  const { payoff } = spec.explain;
  const helper = PAYOFFS[payoff.kind].helper(payoff);
  const encoder = helper === null ? null : await settle(["explain", "payoff", helper.key], helper.repo, locateHelper);
  const aligner = await settle(["explain", "aligner"], spec.explain.aligner, locateRepo);
  const audio = new Map<string, string>();
  const sounds = new Map<string, Uint8Array>();
  for (const { path, at } of audioOf(spec)) {
    if (!said.has(path)) audio.set(path, (await settle(at, path, locateFile)).path);
    else {
      const found = soundBytes(said.get(path));
      if ("problem" in found) refuse({ path: at, at: "value", message: `${path}: ${found.problem}` });
      else sounds.set(path, found.bytes);
    }
  }
  const { template } = spec.model;
  const chosen = template !== null && "file" in template ? template.file : null;
  const file = chosen === null ? null : (await settle(["model", "template"], chosen, locateTemplate)).path;
  return { repo, tokenizer, encoder, aligner, audio, sounds, template: file };
}

/** Every audio part's path, and where it stands. */
function audioOf({ messages = [] }: Spec): readonly { readonly path: string; readonly at: Path }[] {
  return messages.flatMap(({ content }, i) =>
    content.flatMap((part, j) => (part.type === "audio" ? [{ path: part.path, at: ["messages", i, "content", j, "path"] }] : [])),
  );
}

/** A helper may be behind a server, too. */
async function locateHelper(name: string, fence: Fence): ReturnType<typeof locateRepo> {
  return servedName(name) === null ? await locateRepo(name, fence) : { kind: "served", name };
}
