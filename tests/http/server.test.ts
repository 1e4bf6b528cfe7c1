import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/engine.js";
import { listen, realEngine, sendRaw } from "../support/http-server.js";
import { PrivateRedis } from "../support/private-redis.js";

let redis: PrivateRedis;
let engine: Engine;

beforeAll(async () => {
  redis = await PrivateRedis.start();
  engine = realEngine(redis.connect());
});
afterAll(() => redis.stop());

describe("P13 clients that misbehave", () => {
  test("what is not HTTP is answered with a 400 in JSON", async () => {
    const { server, address } = await listen(engine);
    const answer = await sendRaw(address, "rubbish\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('{"status":"failure","message":"The request is not valid HTTP."}');
    await server.close(0);
  });

  test("a header that is too large is a 431", async () => {
    const { server, address } = await listen(engine);
    const answer = await sendRaw(address, `GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(5000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    await server.close(0);
  });

  test("a request that does not arrive in time is a 408 and loses its connection", async () => {
    const { server, address } = await listen(engine, { headerTimeoutMs: 100, requestTimeoutMs: 200 });
    const head = sendRaw(address, "GET / HTTP/1.1\r\nHos");
    const body = sendRaw(address, 'POST /enqueue/sms/1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"a"');
    expect(await head).toMatch(/^HTTP\/1.1 408 /);
    expect(await body).toMatch(/^HTTP\/1.1 408 /);
    await server.close(0);
  });

  test("CONNECT is refused, and clients that reset their connection at it end nothing", async () => {
    const { server, address, url } = await listen(engine);
    expect(await sendRaw(address, "CONNECT x:1 HTTP/1.1\r\n\r\n")).toMatch(
      /^HTTP\/1.1 405 .*CONNECT is not allowed here/s,
    );
    for (let i = 0; i < 200; i += 1) {
      await new Promise<void>((done) => {
        const socket = connect(address.port, "127.0.0.1", () => {
          socket.write("CONNECT x:1 HTTP/1.1\r\n\r\n", () => {
            socket.resetAndDestroy();
            done();
          });
        });
      });
    }
    expect((await fetch(url)).status).toBe(200);
    await server.close(0);
  });

  test("a request gets one answer, also when the rest of it never comes", async () => {
    const { server, address } = await listen(engine, { headerTimeoutMs: 100, requestTimeoutMs: 200 });
    const answers = await sendRaw(
      address,
      "POST /finish/sms/1/j/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}",
    );
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 404"]);
    await server.close(0);
  });

  test("a request that is refused at once gets one answer, also when its body is rubbish", async () => {
    const { server, address } = await listen(engine);
    const head = "POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answers = await sendRaw(address, `${head}ZZ\r\n`);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 404"]);
    expect(answers).toContain('"status":"failure"');
    await server.close(0);
  });

  test("an answer that is due comes before what follows the request is found to be rubbish", async () => {
    const { server, address } = await listen(engine);
    const answers = await sendRaw(address, "GET /deepstatus/ HTTP/1.1\r\nHost: x\r\n\r\nrubbish\r\n\r\n");
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
    expect(answers).toContain('{"status":"success"}');
    await server.close(0);
  });

  test("a client that goes away in the middle of its body stores nothing and harms nobody", async () => {
    const { server, address, url, errors } = await listen(engine);
    await new Promise<void>((done) => {
      const socket = connect(address.port, "127.0.0.1", () => {
        socket.write('POST /enqueue/sms/cut/ HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"job_id"');
        socket.destroy();
        done();
      });
    });
    expect((await fetch(`${url}/metrics/sms/cut/`)).status).toBe(200);
    expect((await (await fetch(`${url}/metrics/sms/cut/`)).json()).queue_length).toBe(0);
    expect(errors).toEqual([]);
    await server.close(0);
  });
});

describe("closing", () => {
  test("what is in flight is answered, then its connection ends; new connections are refused", async () => {
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const slow: Engine = Object.create(engine, { checkRedis: { value: () => held } });
    const { server, url } = await listen(slow);
    await fetch(url);
    const inFlight = fetch(`${url}/deepstatus/`);
    await fetch(url);
    const closed = server.close(60_000);
    await expect(fetch(url)).rejects.toThrow();
    release();
    const answer = await inFlight;
    expect([answer.status, await answer.json()]).toEqual([200, { status: "success" }]);
    await closed;
  });

  test("what does not end in time is cut", async () => {
    const stuck: Engine = Object.create(engine, { checkRedis: { value: () => new Promise(() => {}) } });
    const { server, url } = await listen(stuck);
    const inFlight = fetch(`${url}/deepstatus/`).catch(() => "cut");
    await fetch(url);
    await server.close(50);
    expect(await inFlight).toBe("cut");
  });
});
