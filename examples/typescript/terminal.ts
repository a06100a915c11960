// A program that wants a terminal: asked, answered, and ended.
import { Pty } from "ironbridge";

async function main(): Promise<void> {
  const script = 'stty -echo; printf "Name? "; read name; test -t 1 && echo "Hello, $name"; exit 3';
  const pty = await Pty.open("sh", ["-c", script], { cols: 100, rows: 30 });
  let answered = false;
  let said = "";
  pty.on("data", (bytes) => {
    said += bytes.toString();
    if (answered || !said.includes("Name? ")) return;
    answered = true;
    void pty.write("Ada\n");
  });
  const { exitCode, signal } = await pty.exited;
  console.log(said.replaceAll("\r", "").trim());
  console.log({ exitCode, signal });
  await pty.close();
}

void main();
