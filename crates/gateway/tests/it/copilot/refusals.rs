//! Copilot's refusals, told apart: a quota that is used up, something that is not allowed, and a rate limit.

use super::{CLAUDE, GEMINI, asking, shown};
use crate::logins::{Copilot, copilot, log_in};
use crate::rig::{Rig, route_all, run, settings};
use expect_test::expect;
use ironbridge_testkit::{Dialect, FakeGithub, GithubEndpoint, Script, github};
use ironbridge_upstream::Secret;

#[test]
fn a_used_up_quota_a_prohibition_and_a_rate_limit_are_three_things() {
    run(async {
        let copilot = Copilot::start().await;
        let answers = [github::quota_exceeded(), github::forbidden(), github::rate_limited(77)];
        copilot.github.play(GithubEndpoint::Chat, Script::sequence(answers));
        let mut table = String::new();
        for _ in 0..3 {
            let reply = copilot.rig.send(&asking(Dialect::Chat, GEMINI, false)).await;
            let record = copilot.rig.record(&reply).await;
            let (after, cause) = (reply.header("retry-after").unwrap_or("-"), &record["cause"]);
            table += &format!("{}\n    retry-after {after}, {cause}\n", shown(&reply));
        }
        expect![[r#"
            402 upstream_quota_exhausted provider `copilot` says that the gateway's quota or credit is used up (402) and no other target is left; your own key is not at fault: You have no quota
                retry-after -, "upstream_error"
            502 upstream_forbidden provider `copilot` does not let the gateway's account do this (403) and no other target is left; your own key is not at fault: Access to this endpoint is forbidden. Please review our Terms of Service.
                retry-after -, "upstream_error"
            429 user_global_rate_limited Sorry, you've hit a rate limit that restricts the number of Copilot model requests you can make within a specific time period.
                retry-after 77, "upstream_error"
        "#]].assert_eq(&table);
        assert_eq!(copilot.github.requests_to(GithubEndpoint::Chat).len(), 3, "none is repeated");
    });
}

#[test]
fn a_rate_limit_rests_one_model_of_one_account() {
    run(async {
        let github = FakeGithub::start().await;
        github.accept_github_token("gho_other");
        let kept = crate::logins::Kept::new();
        log_in(&kept, FakeGithub::GITHUB_TOKEN);
        let mut other = copilot(&github);
        other.name = "other".to_owned();
        other.credential = Some(Secret::new("gho_other"));
        let mut settings = settings([copilot(&github), other]);
        let mut second = route_all(&["other"]);
        second.pattern = "other-*".to_owned();
        second.targets[0].model = Some(GEMINI.to_owned());
        settings.routes = vec![second, route_all(&["copilot"])];
        let rig: Rig = kept.gateway(settings).await;
        github.play(GithubEndpoint::Chat, Script::sequence([github::rate_limited(77)]));

        let limited = rig.send(&asking(Dialect::Chat, GEMINI, false)).await;
        assert_eq!((limited.status(), limited.header("retry-after")), (429, Some("77")));
        // The same model rests, in every dialect, and nobody is asked.
        let resting = rig.send(&asking(Dialect::Messages, GEMINI, false)).await;
        assert_eq!(resting.status(), 429, "{}", resting.text());
        let after: u64 =
            resting.header("retry-after").and_then(|text| text.parse().ok()).expect("told");
        assert!((1..=77).contains(&after), "{after}");
        assert_eq!(github.requests_to(GithubEndpoint::Chat).len(), 1);
        // Another model, and another account, do not.
        assert_eq!(rig.send(&asking(Dialect::Chat, CLAUDE, false)).await.status(), 200);
        assert_eq!(rig.send(&asking(Dialect::Chat, "other-x", false)).await.status(), 200);
        // A token that was exchanged anew is still the same account's.
        kept.clock.advance(3600);
        assert_eq!(rig.send(&asking(Dialect::Chat, GEMINI, false)).await.status(), 429);
    });
}
