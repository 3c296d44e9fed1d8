import type { ValuedGame } from "../../results/valued_game.js";
import { allAtOnce, defineFormat } from "../format.js";
import { npy } from "./npy.js";
import { storedZip } from "./zip.js";

/** A game as shapiq's `Game.save_values` writes it: arrays of NumPy, which `numpy.load` reads too. */
export const npz = defineFormat<ValuedGame>()({
  name: "npz",
  endings: [".npz"],
  binary: true,
  atEnd: true,
  open: allAtOnce(([game]) => storedZip(game === undefined ? [] : arraysOf(game))),
});

function arraysOf({ players, empty, coalitions, payoffs }: ValuedGame) {
  const members = new Uint8Array(coalitions.length * players);
  coalitions.forEach((coalition, i) => {
    members.set(coalition, i * players);
  });
  return [
    { name: "values.npy", content: npy("<f8", [payoffs.length], doubles(payoffs)) },
    { name: "coalitions.npy", content: npy("|b1", [coalitions.length, players], members) },
    { name: "n_players.npy", content: npy("<i8", [], wholeNumber(players)) },
    { name: "normalization_value.npy", content: npy("<f8", [], doubles(Float64Array.of(empty))) },
  ];
}

function doubles(values: Float64Array): Uint8Array {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => {
    bytes.writeDoubleLE(value, i * 8);
  });
  return bytes;
}

function wholeNumber(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}
