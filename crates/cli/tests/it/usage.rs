//! `check-usage`.

use expect_test::expect;
use ironbridge_testkit::{GithubEndpoint, Script, github};

use crate::copilot::Copilot;

#[test]
fn quotas_are_shown_as_used_and_left() {
    let copilot = Copilot::new();
    expect![[r#"
        --- stderr
        error: nobody is logged in to Copilot
        hint: `ironbridge auth` logs in
        --- exit 1
    "#]]
    .assert_eq(&copilot.run(&["check-usage"], ""));
    copilot.keep(ironbridge_testkit::FakeGithub::GITHUB_TOKEN);
    copilot.github.set_quota(github::quota(300, 214));
    expect![[r#"
        account      copilot
        plan         individual
        quotas reset 2026-02-01
        premium      86/300 (28.7 % used, 71.3 % remaining)
        chat         unlimited
        completions  unlimited
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(&["check-usage"], ""));
    expect![[r#"
        {
          "accounts": [
            {
              "account": "copilot",
              "plan": "individual",
              "access_type": "monthly_subscriber",
              "chat_enabled": true,
              "quota_reset_date": "2026-02-01",
              "quotas": [
                {
                  "name": "premium_interactions",
                  "unlimited": false,
                  "entitlement": 300.0,
                  "used": 86.0,
                  "remaining": 214.0,
                  "percent_remaining": 71.33333333333333,
                  "overage_count": 0.0,
                  "overage_permitted": false
                },
                {
                  "name": "chat",
                  "unlimited": true,
                  "entitlement": 0.0,
                  "used": null,
                  "remaining": 0.0,
                  "percent_remaining": 100.0,
                  "overage_count": 0.0,
                  "overage_permitted": false
                },
                {
                  "name": "completions",
                  "unlimited": true,
                  "entitlement": 0.0,
                  "used": null,
                  "remaining": 0.0,
                  "percent_remaining": 100.0,
                  "overage_count": 0.0,
                  "overage_permitted": false
                }
              ]
            }
          ]
        }
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&copilot.run(&["check-usage", "copilot", "--json"], ""));
}

#[test]
fn what_is_in_the_way_is_told() {
    let copilot = Copilot::logged_in();
    copilot.github.play(GithubEndpoint::CopilotUser, Script::always(github::no_copilot()));
    expect![[r#"
        --- stderr
        error: this GitHub account has no Copilot (403): No access to GitHub Copilot found. You are currently logged in as octocat.
        hint: see https://github.com/settings/copilot, or log in as the user who has Copilot: `ironbridge auth copilot`
        --- exit 1
    "#]].assert_eq(&copilot.run(&["check-usage"], ""));
    expect![[r#"
        --- stderr
        error: anthropic has no quotas: only Copilot does
        --- exit 2
    "#]]
    .assert_eq(&copilot.run(&["check-usage", "anthropic"], ""));
}
