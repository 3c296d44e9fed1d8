import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import ffmpeg from "fluent-ffmpeg";
import { AudioError } from "../../errors.js";
import { currentSignal } from "../../util/abort.js";

export interface FfmpegOptions {
  /** Executable; a bare name is looked for on PATH. @default "ffmpeg" */
  readonly ffmpegPath?: string | undefined;
  /** Seconds after which the process is killed. @default 120 */
  readonly timeoutS?: number | undefined;
}

/** Demuxers a file may be opened with: containers of sound only. No playlist, script, concatenation or network format is among them. */
const DEMUXERS =
  "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,matroska,asf,amr,ac3,eac3,dts,ape,wv,tta,mpc,mpc8,avi,mpegts,mpeg,flv,dsf,voc,tak,gsm,sln";

/** There is no ffmpeg, or it does not start. */
export class NoFfmpegError extends AudioError {
  override name = "AudioError";
}

/** What ffmpeg made of a file. */
export interface FfmpegSound {
  /** A wave file of 32-bit floats with all channels at the source's rate. */
  readonly wav: Uint8Array;
  /** What it complained of, and how much less it gave than the file declares. @param decodedS seconds in the wave file. */
  notes(decodedS: number): readonly string[];
}

/** Any sound that ffmpeg reads. @param maxSeconds where it stops writing. @param maxSamples over all channels, likewise. */
export async function ffmpegDecode(
  bytes: Uint8Array,
  maxSeconds: number,
  maxSamples: number,
  options: FfmpegOptions,
): Promise<FfmpegSound> {
  const said = createListener();
  const wav = await convert(bytes, "in.audio", "out.wav", options, (command) =>
    command
      .on("stderr", said.hear)
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
        "-fs",
        String(4 * maxSamples + SPARE_BYTES),
        "-c:a",
        "pcm_f32le",
        "-f",
        "wav",
      ]),
  );
  return { wav, notes: said.notes };
}

/** Beyond the limit, so that what is too large can be told from what just fits. */
const SPARE_BYTES = 1024 ** 2;
/** Headers are given in hundredths of a second, and some count whole packets. */
const TOLERANCE_S = 0.2;
const TOLERANCE_SHARE = 0.02;

/** Picks out of ffmpeg's talk what the user should know: complaints of its parts, and the length that the file declares. */
function createListener(): { readonly hear: (line: string) => void; readonly notes: FfmpegSound["notes"] } {
  let declaredS: number | null = null;
  let sure = true;
  let complaints = 0;
  let complaint = "";
  const hear = (line: string): void => {
    const time = /^ {2}Duration: (\d+):(\d+):(\d+\.\d+)/.exec(line);
    if (time !== null && declaredS === null) declaredS = Number(time[1]) * 3_600 + Number(time[2]) * 60 + Number(time[3]);
    if (/Estimating duration from bitrate/.test(line)) sure = false;
    // Titles and comments of the file are printed indented.
    if (!/^(\[|Error)/.test(line) || !/error|invalid|corrupt|truncat|damaged|overread|partial|incomplete/i.test(line)) return;
    complaints++;
    if (complaint === "")
      complaint = line
        .replace(/^\[(\S+)[^\]]*\] /, "$1: ")
        .replace(/[^ -~]/g, "?")
        .slice(0, 120);
  };
  const notes = (decodedS: number): readonly string[] => {
    const found: string[] = [];
    if (sure && declaredS !== null && declaredS - decodedS > Math.max(TOLERANCE_S, TOLERANCE_SHARE * declaredS))
      found.push(`the file is cut short: it declares ${declaredS.toFixed(2)} s, ${decodedS.toFixed(2)} s are there`);
    if (complaints > 0)
      found.push(`the file is damaged: ffmpeg says "${complaint}"${complaints > 1 ? ` and ${complaints - 1} more like it` : ""}`);
    return found;
  };
  return { hear, notes };
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
    throw new NoFfmpegError(
      `no working ffmpeg (tried "${executable}"): install ffmpeg or set FFMPEG_PATH; wav, mp3, flac, ogg, opus, webm, aiff, amr and most mp4 are read without it`,
      { cause },
    );
  }
}

function run(configure: Configure, input: string, output: string, executable: string, timeout: number): Promise<void> {
  const signal = currentSignal();
  return new Promise((resolve, reject) => {
    const command = configure(ffmpeg(input, { timeout, stdoutLines: 20 }).setFfmpegPath(executable));
    const stop = (): void => {
      command.kill("SIGKILL");
    };
    signal?.addEventListener("abort", stop, { once: true });
    const settled = (settle: () => void): void => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted === true) reject(signal.reason);
      else settle();
    };
    command
      .on("end", () => settled(resolve))
      .on("error", (cause: Error, _stdout: string | null, stderr: string | null) => settled(() => reject(failure(cause, stderr, timeout))))
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
