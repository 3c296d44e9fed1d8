import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import ffmpeg from "fluent-ffmpeg";
import { AudioError } from "../errors.js";

export interface FfmpegOptions {
  /** Executable; a bare name is looked for on PATH. @default "ffmpeg" */
  readonly ffmpegPath?: string | undefined;
  /** Seconds after which the process is killed. @default 120 */
  readonly timeoutS?: number | undefined;
}

/** Demuxers a file may be opened with: containers of sound only. No playlist, script, concatenation or network format is among them. */
const DEMUXERS =
  "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,matroska,asf,amr,ac3,eac3,dts,ape,wv,tta,mpc,mpc8,avi,mpegts,mpeg,flv,dsf,voc,tak,gsm,sln";

/** Any sound that ffmpeg reads → a wave file of 32-bit floats with all channels at the source's rate. @param maxSeconds where it stops writing. */
export function ffmpegDecode(bytes: Uint8Array, maxSeconds: number, options: FfmpegOptions): Promise<Uint8Array> {
  return convert(bytes, "in.audio", "out.wav", options, (command) =>
    command
      .inputOptions(["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS])
      .outputOptions([
        "-map",
        "0:a:0",
        "-vn",
        "-sn",
        "-dn",
        "-map_metadata",
        "-1",
        "-t",
        String(maxSeconds),
        "-c:a",
        "pcm_f32le",
        "-f",
        "wav",
      ]),
  );
}

/** A wave file → mp3. */
export function ffmpegEncodeMp3(wav: Uint8Array, options: FfmpegOptions): Promise<Uint8Array> {
  return convert(wav, "in.wav", "out.mp3", options, (command) =>
    command
      .inputOptions(["-protocol_whitelist", "file", "-format_whitelist", "wav"])
      .outputOptions(["-map_metadata", "-1", "-c:a", "libmp3lame", "-q:a", "2", "-f", "mp3"]),
  );
}

type Configure = (command: ffmpeg.FfmpegCommand) => ffmpeg.FfmpegCommand;

/** Runs ffmpeg between two files of a private folder, so that nothing outside it is named to the process. */
async function convert(bytes: Uint8Array, from: string, to: string, options: FfmpegOptions, configure: Configure): Promise<Uint8Array> {
  const executable = options.ffmpegPath ?? "ffmpeg";
  await checkExecutable(executable);
  const folder = await mkdtemp(path.join(tmpdir(), "mllm-shap-"));
  try {
    await writeFile(path.join(folder, from), bytes);
    await run(configure, `file:${path.join(folder, from)}`, path.join(folder, to), executable, options.timeoutS ?? 120);
    return await readFile(path.join(folder, to));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkExecutable(executable: string): Promise<void> {
  try {
    await promisify(execFile)(executable, ["-version"], { timeout: 10_000 });
  } catch (cause) {
    throw new AudioError(
      `no working ffmpeg (tried "${executable}"): install ffmpeg or set FFMPEG_PATH; wav, mp3, flac, ogg, opus, m4a, aac, webm and aiff are read without it`,
      { cause },
    );
  }
}

function run(configure: Configure, input: string, output: string, executable: string, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    configure(ffmpeg(input, { timeout, stdoutLines: 20 }).setFfmpegPath(executable))
      .on("end", () => resolve())
      .on("error", (cause: Error, _stdout: string | null, stderr: string | null) => reject(failure(cause, stderr, timeout)))
      .save(output);
  });
}

/** ffmpeg's last line of complaint says what is wrong; without the private folder's name. */
function failure(cause: Error, stderr: string | null, timeout: number): AudioError {
  if (/timeout|SIGKILL/.test(cause.message)) return new AudioError(`ffmpeg did not finish within ${timeout} s`, { cause });
  const lines = (stderr ?? cause.message).trim().split("\n");
  const last = (lines.at(-1) ?? cause.message).replace(/(file:)?\/\S*\/mllm-shap-\S*?\/(\S+)/g, "$2");
  return new AudioError(`ffmpeg cannot read the file: ${last.slice(0, 200)}`, { cause });
}
