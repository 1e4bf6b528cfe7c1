import { parse } from "node:querystring";

/**
 * The parameters of a query; one that was given several times is a list. All of them count: Node would leave out those
 * beyond the thousandth, and a limit of the header bounds how many there can be.
 */
export function readQuery(text: string): Record<string, unknown> {
  return parse(text, "&", "=", { maxKeys: 0 });
}
