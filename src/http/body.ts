import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { RequestProblem } from "./route.js";

/** Byte order mark, which UTF-8 allows and JSON does not. */
const BOM = "\uFEFF";

/** The text of a body. Throws RequestProblem 400 when it is not UTF-8. */
export function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) throw new RequestProblem(400, "The request body is not valid UTF-8.");
  const text = body.toString("utf8");
  return text.startsWith(BOM) ? text.slice(1) : text;
}

export function tooLarge(limit: number): RequestProblem {
  return new RequestProblem(413, `The request body is larger than ${limit} bytes.`);
}

/** The client went away before its request was whole: there is nobody to answer. */
export class RequestAborted extends Error {}

/** Reads a body that is not encoded. Rejects with RequestProblem 413 beyond `limit` bytes, or RequestAborted. */
export function readBody(request: IncomingMessage, limit: number): Promise<string> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What is over the limit is read and dropped, so that the client gets to see its answer.
      if (size <= limit) chunks.push(chunk);
      else failed(tooLarge(limit));
    });
    request.once("end", () => {
      try {
        done(decodeBody(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
      } catch (error) {
        failed(error);
      }
    });
    request.once("error", () => failed(new RequestAborted()));
  });
}
