// Stack of `local` for these tests. It ends with their process.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** Root of the repository. */
export const REPOSITORY = path.resolve(import.meta.dirname, "../../../../..");

export const PASSWORD = "SecureP@ssw0rd1";
export const TEMPORARY_PASSWORD = "TempP@ssw0rd1";

interface Description {
  api_url: string;
  page_url: string;
  aws_endpoint_url: string;
  user_pool_id: string;
  sent_url: string;
}

export class Stack {
  readonly api: string;
  /** URL of the stack's pages, whose origin is always allowed. */
  readonly page: string;
  readonly #description: Description;
  readonly #end: () => Promise<void>;

  private constructor(description: Description, end: () => Promise<void>) {
    this.api = description.api_url;
    this.page = description.page_url;
    this.#description = description;
    this.#end = end;
  }

  /** Starts a stack that allows `origin`. */
  static async start(origin = ""): Promise<Stack> {
    const folder = await mkdtemp(path.join(tmpdir(), "stack-"));
    const file = path.join(folder, "stack.json");
    const options = [
      "--until-stdin-closes",
      "--no-watch",
      "--stack-file",
      file,
      ...(origin ? ["--parameter", `AllowedOrigins=${origin}`] : []),
    ];
    const local = spawn("cargo", ["run", "--quiet", "--locked", "--package", "local", "--", ...options], {
      cwd: REPOSITORY,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise<void>((resolve) => local.once("exit", () => resolve()));
    const said: string[] = [];
    for await (const line of createInterface({ input: local.stdout })) {
      said.push(line);
      if (!line.startsWith("Ready.")) continue;
      // Otherwise a full pipe would block the process.
      local.stdout.resume();
      return new Stack(JSON.parse(await readFile(file, "utf8")) as Description, async () => {
        local.stdin.end();
        await ended;
        await rm(folder, { recursive: true });
      });
    }
    throw new Error(`local did not become ready:\n${said.join("\n")}`);
  }

  end(): Promise<void> {
    return this.#end();
  }

  /** Returns the last code that was sent to a user. */
  async sentCode(username: string): Promise<string> {
    const sent = (await (await fetch(this.#description.sent_url)).json()) as { to: string; code: string }[];
    const last = sent.filter(({ to }) => to === username).at(-1);
    if (!last) throw new Error(`no code was sent to ${username}`);
    return last.code;
  }

  /** Creates a user with the {@link PASSWORD}. */
  async createUser(username: string): Promise<void> {
    await this.createNewUser(username);
    await this.#aws("AdminSetUserPassword", { Username: username, Password: PASSWORD, Permanent: true });
  }

  /** Creates a user who must change the {@link TEMPORARY_PASSWORD} first. */
  async createNewUser(username: string): Promise<void> {
    const attributes = { email: username, email_verified: "true", name: "John Doe" };
    await this.#aws("AdminCreateUser", {
      Username: username,
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      TemporaryPassword: TEMPORARY_PASSWORD,
      MessageAction: "SUPPRESS",
    });
  }

  async #aws(operation: string, input: object): Promise<void> {
    const response = await fetch(this.#description.aws_endpoint_url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
        // The signature is not verified.
        authorization:
          "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify({ UserPoolId: this.#description.user_pool_id, ...input }),
    });
    if (!response.ok) throw new Error(`${operation}: ${await response.text()}`);
  }
}
