import Type from "typebox";
import type { Dialect } from "../../route.js";
import { attemptOperations } from "./attempts.js";
import { docsFiles, docsPage } from "./docs.js";
import { enqueueOperations } from "./enqueues.js";
import { eventOperations } from "./events.js";
import { type Installation, installationOperations } from "./installation.js";
import { jobActionOperations } from "./job-actions.js";
import { jobOperations } from "./jobs.js";
import { logOperations } from "./logs.js";
import { openApiDocument } from "./openapi.js";
import { type Operation, operation } from "./operation.js";
import { refusals } from "./problems.js";
import { queueOperations } from "./queues.js";
import { typeOperations } from "./types.js";
import { workerOperations } from "./workers.js";

/** The native API: all that can be said of types, queues and jobs. Its document is `docs/protocol/native.md`. */

const PREFIX = "/api/v1";
const DOCS = "/docs";

export function native(installation: Installation): Dialect {
  const operations: Operation[] = [
    ...typeOperations,
    ...queueOperations,
    ...enqueueOperations(PREFIX),
    ...jobOperations,
    ...jobActionOperations(PREFIX),
    ...logOperations,
    ...workerOperations,
    ...attemptOperations,
    ...eventOperations(installation.stopping),
    ...installationOperations(installation),
  ];
  operations.push(...documentation(operations, installation.version));
  return {
    name: "native",
    prefix: PREFIX,
    routes: [...operations, ...docsFiles(PREFIX, DOCS)],
    ...refusals(PREFIX + DOCS),
  };
}

/** The routes that tell of all routes, themselves among them. */
function documentation(operations: readonly Operation[], version: string): Operation[] {
  let document: string | undefined;
  const page = docsPage(PREFIX + DOCS);
  return [
    operation("GET", "/openapi.json", {
      id: "getDocument",
      tag: "Installation",
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1.", schema: Type.Object({}) } },
      offline: true,
      async handle() {
        document ??= JSON.stringify(openApiDocument(operations, PREFIX, version));
        return { status: 200, body: document };
      },
    }),
    operation("GET", DOCS, {
      id: "getDocumentation",
      tag: "Installation",
      summary: "This document, to read and to try out",
      answers: { 200: { description: "A page.", type: "text/html; charset=utf-8", schema: Type.String() } },
      offline: true,
      handle: async () => page,
    }),
  ];
}
