/** A file that the build wrote beside the product. */
export interface StaticFile {
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  /** Its Content-Type. */
  readonly type: string;
  /** Another content has another one. */
  readonly etag: string;
}

/** The files of `dist/site`: the documentation, and the description of the API. */
export interface StaticFiles {
  /** `path` is below `dist/site`, without a slash before it. Null where there is no such file. */
  read(path: string): Promise<StaticFile | null>;
}

/** Where none were deployed. */
export const NO_FILES: StaticFiles = { read: async () => null };

/** Names parted by single slashes and dots: no path of this kind leads out of its folder, or to a hidden file. */
const PATH = /^[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*$/;
const MAX_PATH_LENGTH = 200;

/** Whether a file of ours may have this path: whatever else was asked for is not looked for. */
export function isFilePath(path: string): boolean {
  return path.length <= MAX_PATH_LENGTH && PATH.test(path);
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** The Content-Type of a file, the same at both doors. */
export function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}
