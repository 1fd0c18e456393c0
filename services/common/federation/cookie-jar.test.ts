import { expect, test } from "vitest";
import { CookieJar } from "./cookie-jar.ts";

const at = (url: string): URL => new URL(url);

test("a cookie goes back to its path and below, and to no neighbour with the same beginning", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost:1/realms/a/login"), ["S=1; Path=/realms/a/; Secure; HttpOnly"]);
  expect(jar.header(at("https://localhost:1/realms/a/protocol/x"))).toBe("S=1");
  expect(jar.header(at("https://localhost:1/realms/ab/"))).toBeUndefined();
  expect(jar.header(at("https://localhost:1/"))).toBeUndefined();
});

test("a path without a final slash matches itself and below only", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost/"), ["S=1; Path=/realms/a"]);
  expect(jar.header(at("https://localhost/realms/a"))).toBe("S=1");
  expect(jar.header(at("https://localhost/realms/a/b"))).toBe("S=1");
  expect(jar.header(at("https://localhost/realms/ab"))).toBeUndefined();
});

test("ports do not separate cookies, hosts do", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost:18443/"), ["S=1; Path=/"]);
  expect(jar.header(at("https://localhost:18453/"))).toBe("S=1");
  expect(jar.header(at("https://127.0.0.1:18443/"))).toBeUndefined();
});

test("a Secure cookie is not sent over plain HTTP", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost/"), ["S=1; Path=/; Secure", "T=2; Path=/"]);
  expect(jar.header(at("http://localhost/"))).toBe("T=2");
});

test("the same name, host and path replaces; the longest path comes first", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost/"), ["S=1; Path=/", "S=2; Path=/", "S=3; Path=/deep"]);
  expect(jar.header(at("https://localhost/deep/x"))).toBe("S=3; S=2");
});

test("Max-Age=0 and a past Expires delete, and Max-Age ends at its time", () => {
  let now = 1_000_000;
  const jar = new CookieJar(() => now);
  jar.store(at("https://localhost/"), ["A=1; Path=/", "B=1; Path=/", "C=1; Path=/; Max-Age=10"]);
  jar.store(at("https://localhost/"), ["A=; Path=/; Max-Age=0", "B=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
  expect(jar.header(at("https://localhost/"))).toBe("C=1");
  now += 10_000;
  expect(jar.header(at("https://localhost/"))).toBeUndefined();
});

test("without a Path attribute the folder of the request is used", () => {
  const jar = new CookieJar();
  jar.store(at("https://localhost/a/b"), ["S=1"]);
  expect(jar.header(at("https://localhost/a/c"))).toBe("S=1");
  expect(jar.header(at("https://localhost/b"))).toBeUndefined();
});

test("a Domain attribute is refused by name", () => {
  const store = (): void => new CookieJar().store(at("https://localhost/"), ["S=1; Domain=example.org"]);
  expect(store).toThrow("Set-Cookie S from https://localhost: Domain is not supported, got example.org");
});
