//! The npm package `ironbridge` as a client: `ironbridge/compat/copilot-api` against a real gateway.

use std::path::PathBuf;
use std::process::Command;

use expect_test::{Expect, expect};
use ironbridge_testkit::{FakeGithub, github};

use super::gateway::Gateway;
use super::program;

/// The folder of the built package, set by `cargo xtask test`.
const PACKAGE: &str = "IRONBRIDGE_TEST_PACKAGE";

/// Runs `script` in Node with the functions of the entry in scope, at the gateway's URL.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told what was skipped")]
fn check(gateway: &Gateway, script: &str, expected: &Expect) {
    let Some(package) = std::env::var_os(PACKAGE).map(PathBuf::from) else {
        println!("skipped: {PACKAGE} is not set; `cargo xtask test` builds the package");
        return;
    };
    let mut command = Command::new("node");
    let entry = package.join("dist/compat/copilot-api.js");
    let script = format!(
        "const c = require({entry:?});
         const show = (value) => console.log(JSON.stringify(value));
         const code = (work) => work.then(() => 'none', (error) => error.code);
         (async () => {{ {script} }})();"
    );
    command.arg("-e").arg(script).env("IRONBRIDGE_URL", gateway.base_url());
    command.env("IRONBRIDGE_ADMIN_TOKEN", Gateway::ADMIN_TOKEN).env_remove("IRONBRIDGE_API_KEY");
    let ended = program::run(command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    expected.assert_eq(&ended.stdout);
}

#[test]
fn the_seven_ask_a_gateway() {
    let script = r#"
        const messages = [{ role: "user", content: "Hello" }];
        const reply = await c.createChatCompletions({ model: "offline", messages });
        show(reply.choices[0].message.content);
        const texts = [];
        for await (const { data } of await c.createChatCompletions({ model: "offline", messages, stream: true }))
            texts.push(data === "[DONE]" ? data : (JSON.parse(data).choices[0]?.delta.content ?? ""));
        show(texts.join(""));
        const embedded = await c.createEmbeddings({ model: "e", input: ["a", "b"], dimensions: 4 });
        show(embedded.data.map(({ embedding }) => embedding.length));
        const models = await c.getModels();
        show([models.object, models.data[0].id]);
        show(await code(c.createChatCompletions({ model: "offline" })));
        for (const name of ["getCopilotUsage", "setupGitHubToken", "getCopilotToken", "refreshToken"])
            show([name, await code(c[name]())]);
    "#;
    check(
        &Gateway::offline(),
        script,
        &expect![[r#"
            "You said: Hello"
            "You said: Hello[DONE]"
            [4,4]
            ["list","offline"]
            "ERR_GATEWAY_REFUSED"
            ["getCopilotUsage","ERR_NOT_SIGNED_IN"]
            ["setupGitHubToken","ERR_NOT_SIGNED_IN"]
            ["getCopilotToken","ERR_GATEWAY_REFUSED"]
            ["refreshToken","ERR_GATEWAY_REFUSED"]
        "#]],
    );
}

#[test]
fn the_seven_ask_a_copilot() {
    let github = FakeGithub::start_on_thread();
    github.set_quota(github::quota(300, 214));
    let script = r"
        const usage = await c.getCopilotUsage();
        show([usage.copilot_plan, usage.quota_snapshots.premium_interactions.remaining]);
        show(await c.setupGitHubToken());
        const { provider, token } = await c.getCopilotToken();
        show([provider, typeof token, (await c.refreshToken()).token === token]);
        show(await code(c.getCopilotToken({ adminToken: 'wrong' })));
        show((await c.getModels()).data.length > 0);
    ";
    check(
        &Gateway::before_copilot(&github),
        script,
        &expect![[r#"
            ["individual",214]
            {"plan":"individual"}
            ["copilot","string",true]
            "ERR_GATEWAY_REFUSED"
            true
        "#]],
    );
}
