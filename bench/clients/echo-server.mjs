/** The least that a Node server can do: reads the request, and answers it with what is always the same. */
import { createServer } from "node:http";

const { status, headers, text } = JSON.parse(process.argv[2]);

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(status, headers);
    response.end(text);
  });
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.once("disconnect", () => process.exit(0));
