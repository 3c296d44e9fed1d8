import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface FakeFfmpeg {
  readonly path: string;
  /** Arguments of the conversion, one an element; empty where none was asked for. */
  readonly seen: () => readonly string[];
}

/**
 * An executable that answers what fluent-ffmpeg asks about formats and encoders, writes down its arguments, and then does
 * `act`: shell commands in which `$out` is the file to write.
 */
export function fakeFfmpeg(act: string): FakeFfmpeg {
  const folder = mkdtempSync(path.join(tmpdir(), "fake-ffmpeg-"));
  const log = path.join(folder, "args");
  const file = path.join(folder, "ffmpeg");
  writeFileSync(
    file,
    `#!/bin/sh
case "$*" in
  *-version*) echo "ffmpeg version 0 (fake)"; exit 0;;
  *-formats*) printf ' DE wav WAV\\n  E mp3 MP3\\n'; exit 0;;
  *-encoders*) printf ' A..... pcm_f32le PCM\\n A..... libmp3lame MP3\\n'; exit 0;;
esac
for out; do :; done
for word; do printf '%s\\n' "$word" >> '${log}'; done
${act}
`,
  );
  chmodSync(file, 0o755);
  const seen = (): readonly string[] => {
    try {
      return readFileSync(log, "utf8").trimEnd().split("\n");
    } catch {
      return [];
    }
  };
  return { path: file, seen };
}
