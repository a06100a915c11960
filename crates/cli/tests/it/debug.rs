//! `debug`.

use expect_test::expect;

use crate::command::Home;

fn shown(home: &Home, arguments: &[&str]) -> String {
    home.run(arguments, "")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
        .replace(std::env::consts::OS, "PLATFORM")
        .replace(std::env::consts::ARCH, "ARCH")
}

#[test]
fn debug_shows_versions_and_places() {
    let home = Home::new();
    expect![[r#"
        {
          "version": "VERSION",
          "runtime": {
            "name": "native",
            "version": "VERSION",
            "platform": "PLATFORM",
            "arch": "ARCH"
          },
          "paths": {
            "APP_DIR": "HOME",
            "GITHUB_TOKEN_PATH": "HOME/credentials/copilot.json",
            "config": "HOME/config.toml",
            "data": "HOME",
            "credentials": "HOME/credentials"
          },
          "tokenExists": false
        }
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&shown(&home, &["debug", "--json"]));
    home.write("credentials/copilot.json", "{\"github_token\": \"gho_secret\"}");
    expect![[r#"
        version                  VERSION
        runtime.name             native
        runtime.version          VERSION
        runtime.platform         PLATFORM
        runtime.arch             ARCH
        paths.APP_DIR            .
        paths.GITHUB_TOKEN_PATH  ./credentials/copilot.json
        paths.config             HOME/config.toml
        paths.data               .
        paths.credentials        ./credentials
        tokenExists              true
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&shown(&home, &["debug", "--data-dir", "."]));
}
