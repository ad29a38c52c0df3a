// A stack of `local` for these tests alone: started before them, gone with the process that runs them.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** The root of the repository. */
export const REPOSITORY = path.resolve(import.meta.dirname, "../../../../..");

export const PASSWORD = "SecureP@ssw0rd1";
export const TEMPORARY_PASSWORD = "TempP@ssw0rd1";

interface Description {
  api_url: string;
  page_url: string;
  aws_endpoint_url: string;
  user_pool_id: string;
}

export class Stack {
  readonly api: string;
  /** Where its own page is, whose origin may call the API in any case. */
  readonly page: string;
  readonly #description: Description;
  readonly #end: () => Promise<void>;

  private constructor(description: Description, end: () => Promise<void>) {
    this.api = description.api_url;
    this.page = description.page_url;
    this.#description = description;
    this.#end = end;
  }

  /** Starts one whose pages may come from `origin`. */
  static start(origin: string): Promise<Stack> {
    return Stack.#with("--parameter", "SelfSignUp=true", "--parameter", `AllowedOrigins=${origin}`);
  }

  /** Starts one with the model of Cognito in the emulator's place, which has passkeys, too. */
  static scripted(): Promise<Stack> {
    return Stack.#with("--scripted");
  }

  static async #with(...further: string[]): Promise<Stack> {
    const folder = await mkdtemp(path.join(tmpdir(), "stack-"));
    const file = path.join(folder, "stack.json");
    const options = ["--until-stdin-closes", "--no-watch", "--stack-file", file, ...further];
    const local = spawn("cargo", ["run", "--quiet", "--locked", "--package", "local", "--", ...options], { cwd: REPOSITORY, stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise<void>((resolve) => local.once("exit", () => resolve()));
    const said: string[] = [];
    for await (const line of createInterface({ input: local.stdout })) {
      said.push(line);
      if (!line.startsWith("Ready.")) continue;
      // It must go on to be read, or what it says next blocks it.
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

  /** Creates a person with the {@link PASSWORD}. */
  async createUser(username: string): Promise<void> {
    await this.createNewUser(username);
    await this.#aws("AdminSetUserPassword", { Username: username, Password: PASSWORD, Permanent: true });
  }

  /** Creates a person who must change the {@link TEMPORARY_PASSWORD} first. */
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
        // The emulator looks only for the region and the service.
        authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify({ UserPoolId: this.#description.user_pool_id, ...input }),
    });
    if (!response.ok) throw new Error(`${operation}: ${await response.text()}`);
  }
}
