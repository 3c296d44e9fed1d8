import { ExplainError } from "../errors.js";

/** A rescaling of values for reading and drawing; rankings and comparisons use the raw values. */
export interface NormalizerDefinition<Name extends string = string> {
  /** As specs and flags say it. */
  readonly name: Name;
  readonly summary: string;
  /** A new array, one a player. @throws ExplainError where a value is not finite. */
  readonly apply: (values: Float64Array) => Float64Array;
}

/** The door that every normalizer comes in by: a NaN among values is a mistake made earlier, and must not turn every other value into NaN. */
export function defineNormalizer<const Name extends string>(definition: NormalizerDefinition<Name>): NormalizerDefinition<Name> {
  return {
    ...definition,
    apply(values) {
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new ExplainError(`the value of player ${bad} is ${values[bad]}: values must be finite to be normalized`);
      return definition.apply(values);
    },
  };
}
