import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ValuedGame } from "../../../src/results/valued_game.js";
import { DEFAULT_FIGURE } from "../../../src/views/figure_options.js";
import { render } from "../../../src/views/format.js";
import { GAME_FORMATS } from "../../../src/views/game/formats.js";

const game: ValuedGame = {
  name: "on",
  playerNames: ["the", "lamp", "the"],
  players: 3,
  empty: -2,
  coalitions: [Uint8Array.of(0, 0, 0), Uint8Array.of(1, 1, 1), Uint8Array.of(0, 1, 1)],
  payoffs: Float64Array.of(-2, 0.5, 1 / 3),
};

/** The stored files of a zip, by name, read from its directory. */
function filesOf(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [sum, size, name] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28)];
    const head = zip.readUInt32LE(at + 42);
    expect(zip.readUInt32LE(head)).toBe(0x04034b50);
    const from = head + 30 + zip.readUInt16LE(head + 26);
    const content = zip.subarray(from, from + size);
    expect(crc32(content)).toBe(sum);
    files.set(zip.toString("latin1", at + 46, at + 46 + name), content);
    at += 46 + name;
  }
  expect(at).toBe(end);
  return files;
}

describe("a game as shapiq reads it", () => {
  it("in JSON is found by coalitions of indices; equal names are told apart", async () => {
    const read: unknown = JSON.parse(await render(GAME_FORMATS.json, [game]));
    expect(read).toMatchObject({
      data_type: "game",
      metadata: { n_players: 3, normalization_value: -2, precomputed: false, player_names: ["the #0", "lamp", "the #2"] },
      data: { Empty: -2, "0,1,2": 0.5, "1,2": 1 / 3 },
    });
    expect(JSON.parse(await render(GAME_FORMATS.json, [{ ...game, playerNames: null }]))).toMatchObject({
      metadata: { player_names: null },
    });
  });

  it("in npz is arrays of NumPy in a zip, the same bytes each time", async () => {
    const parts: Uint8Array[] = [];
    const writer = GAME_FORMATS.npz.open((part) => void parts.push(part as Uint8Array), {
      csvExcel: false,
      width: 80,
      colorLevel: 0,
      figure: DEFAULT_FIGURE,
    });
    await writer.write(game);
    await writer.close();
    const files = filesOf(Buffer.concat(parts));
    expect([...files.keys()]).toEqual(["values.npy", "coalitions.npy", "n_players.npy", "normalization_value.npy"]);
    for (const content of files.values()) {
      expect(content.toString("latin1", 0, 6)).toBe("\x93NUMPY");
      expect((10 + content.readUInt16LE(8)) % 64).toBe(0);
    }
    const dataOf = (name: string) => {
      const content = files.get(name) as Buffer;
      return { head: content.toString("latin1", 10, 10 + content.readUInt16LE(8)), data: content.subarray(10 + content.readUInt16LE(8)) };
    };
    const values = dataOf("values.npy");
    expect(values.head).toMatch(/'descr': '<f8', 'fortran_order': False, 'shape': \(3,\), \} *\n$/);
    expect([0, 1, 2].map((i) => values.data.readDoubleLE(8 * i))).toEqual([...game.payoffs]);
    const coalitions = dataOf("coalitions.npy");
    expect(coalitions.head).toContain("'descr': '|b1', 'fortran_order': False, 'shape': (3, 3)");
    expect([...coalitions.data]).toEqual([0, 0, 0, 1, 1, 1, 0, 1, 1]);
    expect(dataOf("n_players.npy").data.readBigInt64LE()).toBe(3n);
    expect(dataOf("normalization_value.npy").data.readDoubleLE()).toBe(-2);
  });
});
