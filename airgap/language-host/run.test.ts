import { describe, expect, it } from "vitest";
import { exitStatus, startNode } from "./child.ts";
import { nodeOptions } from "./options.ts";
import { messages } from "./protocol.ts";
import { response, runArguments } from "./run.ts";

describe("what the engine is told about the end of a program", () => {
  const told = (ending: Parameters<typeof response>[0]) => {
    const answer = response(ending);
    return { bail: answer.getBail(), error: answer.getError() };
  };

  it("is success for exit status 0 alone", () => {
    expect(told({ code: 0 })).toEqual({ bail: false, error: "" });
    expect(told({ code: 32 })).toEqual({ bail: true, error: "" });
    expect(told({ code: 1 }).error).toBe("Program exited with non-zero exit code: 1");
    expect(told({ signal: "SIGKILL" }).error).toContain("SIGKILL");
    expect(told({ error: new Error("no memory") }).error).toContain("no memory");
  });

  it("tells a real death by signal from an end", async () => {
    const killed = startNode(["-e", "process.kill(process.pid, 'SIGKILL')"], {});
    const failed = startNode(["-e", "process.exitCode = 3"], {});
    expect(await killed.ended).toEqual({ signal: "SIGKILL" });
    expect(await failed.ended).toEqual({ code: 3 });
    expect(exitStatus({ signal: "SIGKILL" })).toBe(137);
  });

  it("stops a program that is asked to", async () => {
    const endless = startNode(["-e", "setInterval(() => {}, 1e6)"], {});
    endless.stop();
    expect(await endless.ended).toEqual({ signal: "SIGINT" });
  });
});

describe("the program's command line", () => {
  it("holds what the engine gave, without empty values", () => {
    const request = new messages.RunRequest();
    request.setMonitorAddress("127.0.0.1:1");
    request.setProject("dive");
    request.setStack("dev");
    request.setParallel(4);
    request.setDryrun(true);
    request.setArgsList(["more"]);
    expect(runArguments(request, "127.0.0.1:2", "/program").join(" ")).toBe(
      "--monitor 127.0.0.1:1 --engine 127.0.0.1:2 --project dive --stack dev --pwd /program --parallel 4 --dry-run . more",
    );
  });

  it("follows runtime.options", () => {
    expect(nodeOptions({})).toEqual({ nodeArgs: [], env: { PULUMI_NODEJS_TYPESCRIPT: "true" } });
    expect(nodeOptions({ typescript: false, nodeargs: `--max-old-space-size=64 --title "a b"` })).toEqual({
      nodeArgs: ["--max-old-space-size=64", "--title", "a b"],
      env: { PULUMI_NODEJS_TYPESCRIPT: "false" },
    });
    expect(() => nodeOptions({ typescript: "no" })).toThrow('runtime.options.typescript must be true or false; given: "no"');
    expect(() => nodeOptions({ tsconfig: "t.json" })).toThrow("runtime.options.tsconfig is not supported by the stand-in language host; supported: typescript, nodeargs");
  });
});
