/** What kind of file this is, in words for a message: "Musepack, SV8 (44100 Hz, 2 channels)"; null where that cannot be told. */
export async function describeFile(bytes: Uint8Array): Promise<string | null> {
  try {
    const { parseBuffer } = await import("music-metadata");
    const { format } = await parseBuffer(bytes, undefined, { duration: false, skipCovers: true, skipPostHeaders: true });
    const { container, codec, sampleRate, numberOfChannels } = format;
    const names = [...new Set([container, codec].filter((name) => name !== undefined && name !== ""))];
    if (names.length === 0) return null;
    const facts = [
      sampleRate === undefined ? "" : `${sampleRate} Hz`,
      numberOfChannels === undefined ? "" : `${numberOfChannels} channel${numberOfChannels === 1 ? "" : "s"}`,
    ];
    const known = facts.filter((fact) => fact !== "").join(", ");
    // Names come out of the file.
    const name = names
      .join(", ")
      .replace(/[^ -~]/g, "?")
      .slice(0, 80);
    return known === "" ? name : `${name} (${known})`;
  } catch {
    return null;
  }
}
