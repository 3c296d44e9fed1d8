import { registryOf, rowsOf } from "../util/registry.js";
import type { MethodDefinition } from "./method.js";
import { banzhaf } from "./methods/banzhaf.js";
import { complementary } from "./methods/complementary.js";
import { exact } from "./methods/exact.js";
import { kernel } from "./methods/kernel.js";
import { leaveOneOutMethod } from "./methods/leave_one_out.js";
import { leverage } from "./methods/leverage.js";
import { mllmShapMc } from "./methods/mllm_shap_mc.js";
import { neyman } from "./methods/neyman.js";
import { owen } from "./methods/owen.js";
import { owenProxy } from "./methods/owen_proxy.js";
import { permutation } from "./methods/permutation.js";
import { proxy } from "./methods/proxy.js";

/** Every method: what is entered here is a sampler of the spec, the flags, the help and the library. */
export const METHODS = registryOf(
  exact, //
  permutation,
  proxy,
  leverage,
  kernel,
  complementary,
  neyman,
  owen,
  owenProxy,
  banzhaf,
  leaveOneOutMethod,
  mllmShapMc,
);

type Row = (typeof METHODS)[keyof typeof METHODS];
export type MethodName = Row["name"];
/** What `explain.sampler` may say; `auto` chooses by the number of players and the budget. */
export type SamplerName = "auto" | MethodName | Row["aliases"][number];

export const methods: readonly MethodDefinition<MethodName>[] = rowsOf<Row>(METHODS);

/** As lists show them: aliases last. */
export const SAMPLER_NAMES = [
  "auto",
  ...methods.map(({ name }) => name),
  ...methods.flatMap(({ aliases }) => aliases),
] as readonly SamplerName[];
