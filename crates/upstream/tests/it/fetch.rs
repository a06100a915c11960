//! Reading pages of the web: what is refused before a socket opens, what a page becomes, and every way to fail.

use expect_test::{Expect, expect};
use ironbridge_testkit::{Answer, Gate, Script, Upstream};
use ironbridge_upstream::fetch::{
    FETCH_BYTES_MAX, Fetch, FetchError, FetchSettings, Fetched, Fetcher, PageFormat,
};
use serde_json::json;

const PAGE: &str = r##"<!doctype html><html><head><title> The
 <b>page</b></title><base href="/docs/"><style>p{}</style><script>alert(1)</script></head>
<body><nav><a href="#top">top</a> <a href="intro">Intro</a></nav>
<main id=main><h1>Heading</h1><p>Some <b>bold</b> text &amp; <code>code()</code>.</p>
<ul><li>one<li>two <a href="https://example.org/x?a=1#part">link</a></ul>
<pre><code class="language-rust">fn main() {
    go();
}</code></pre>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
<noscript>no script</noscript><svg><text>drawn</text></svg></main>
<aside class=note>First</aside><aside class=note>Second <a href="intro">again</a></aside>
<a href="javascript:evil()">run</a><a href="mailto:a@b.c">mail</a></body></html>"##;

fn html(body: impl Into<String>) -> Answer {
    Answer::bytes(200, "text/html; charset=utf-8", body.into().into_bytes())
}

fn asked(url: String) -> Fetch {
    Fetch { url, format: PageFormat::Markdown, selector: None, timeout_seconds: None }
}

/// A fetcher that may ask this one server.
fn allowed(upstream: &Upstream) -> Fetcher {
    let allowed_hosts = vec![upstream.address().to_string()];
    Fetcher::new(FetchSettings { allowed_hosts, ..FetchSettings::default() }).unwrap()
}

async fn fetch(upstream: &Upstream, asked: &Fetch) -> Result<Fetched, FetchError> {
    allowed(upstream).fetch(asked).await
}

async fn page(upstream: &Upstream, format: PageFormat, selector: Option<&str>) -> Fetched {
    let url = format!("{}/docs/index.html", upstream.base_url());
    let selector = selector.map(str::to_owned);
    fetch(upstream, &Fetch { format, selector, ..asked(url) }).await.unwrap()
}

#[tokio::test]
async fn a_page_becomes_markdown_text_or_stays_as_it_is() {
    let upstream = Upstream::start(Script::always(html(PAGE))).await;
    let markdown = page(&upstream, PageFormat::Markdown, None).await;
    assert_eq!(markdown.title.as_deref(), Some("The <b>page</b>"));
    expect![[r#"
        [top](BASE/docs/#top) [Intro](BASE/docs/intro)

        # Heading

        Some **bold** text & `code()`.

        - one
        - two [link](https://example.org/x?a=1#part)

        ```rust
        fn main() {
            go();
        }
        ```


        | a | b |
        | - | - |
        | 1 | 2 |

        First

        Second [again](BASE/docs/intro)

        run[mail](mailto:a@b.c)"#]]
    .assert_eq(&markdown.text.replace(&upstream.base_url(), "BASE"));
    let text = page(&upstream, PageFormat::Text, None).await;
    expect![[r#"
        top Intro

        Heading

        Some bold text & code().

        one
        two link


        fn main() {
            go();
        }

        a b
        1 2


        First

        Second again

        runmail"#]]
    .assert_eq(&text.text);
    let as_it_is = page(&upstream, PageFormat::Html, None).await;
    assert_eq!(as_it_is.text, PAGE);
    let links: Vec<String> =
        markdown.links.iter().map(|link| format!("{} {}", link.text, link.url)).collect();
    let links = links.join("\n").replace(&upstream.base_url(), "BASE");
    expect![[r#"
        Intro BASE/docs/intro
        link https://example.org/x?a=1#part"#]]
    .assert_eq(&links);
}

#[tokio::test]
async fn a_selector_takes_parts_each_once() {
    let upstream = Upstream::start(Script::always(html(PAGE))).await;
    let notes = page(&upstream, PageFormat::Markdown, Some("aside.note")).await;
    expect![[r#"
        First

        Second [again](BASE/docs/intro)"#]]
    .assert_eq(&notes.text.replace(&upstream.base_url(), "BASE"));
    assert_eq!(notes.links.len(), 1, "{:?}", notes.links);
    let nested = page(&upstream, PageFormat::Text, Some("main, main h1, #main p")).await;
    assert_eq!(nested.text.matches("Heading").count(), 1, "{}", nested.text);
    let html = page(&upstream, PageFormat::Html, Some("h1")).await;
    assert_eq!(html.text, "<h1>Heading</h1>");
}

/// What becomes of a fetch that is answered so, the server's address left out.
async fn check(answer: Answer, expected: Expect) {
    let upstream = Upstream::start(Script::always(answer)).await;
    let fetched = fetch(&upstream, &asked(format!("{}/x", upstream.base_url()))).await;
    expected.assert_eq(&shown(&upstream, &fetched));
}

fn shown(upstream: &Upstream, fetched: &Result<Fetched, FetchError>) -> String {
    let text = match fetched {
        Ok(page) => {
            let text: String = page.text.chars().take(60).collect();
            let format = page.format.map_or_else(|| "as it is".to_owned(), |f| format!("{f:?}"));
            format!("{} {format} {} {text:?}", page.content_type, page.charset)
        }
        Err(error) => {
            assert!(FetchError::CODES.iter().any(|(code, _)| *code == error.code()));
            format!("{}: {error}", error.code())
        }
    };
    text.replace(&upstream.base_url(), "BASE").replace(&upstream.address().to_string(), "HOST")
}

#[tokio::test]
async fn what_is_no_html_is_given_as_it_is_or_refused() {
    check(
        Answer::json(200, &json!({"a": 1})),
        expect![[r#"application/json as it is UTF-8 "{\"a\":1}""#]],
    )
    .await;
    check(
        Answer::bytes(200, "text/plain", "<b>plain</b>"),
        expect![[r#"text/plain as it is UTF-8 "<b>plain</b>""#]],
    )
    .await;
    check(
        Answer::bytes(200, "text/markdown; charset=UTF-8", "# é"),
        expect![[r##"text/markdown as it is UTF-8 "# é""##]],
    )
    .await;
    check(
        Answer::bytes(200, "application/octet-stream", "text all the same"),
        expect![[r#"application/octet-stream as it is UTF-8 "text all the same""#]],
    )
    .await;
    check(
        Answer::bytes(200, "application/octet-stream", &b"\x7fELF\0"[..]),
        expect!["not_text: BASE/x: application/octet-stream is no text"],
    )
    .await;
    check(
        Answer::bytes(200, "image/png", "png"),
        expect!["not_text: BASE/x: image/png is no text"],
    )
    .await;
    check(
        Answer::bytes(200, "application/pdf", "%PDF"),
        expect!["not_text: BASE/x: application/pdf is no text"],
    )
    .await;
    check(
        Answer::bytes(200, "", "<!DOCTYPE HTML><p>guessed"),
        expect![[r#" Markdown UTF-8 "guessed""#]],
    )
    .await;
    check(
        Answer::bytes(200, "text/html", &b"<p>caf\xe9"[..]),
        expect![[r#"text/html Markdown windows-1252 "café""#]],
    )
    .await;
    check(
        Answer::bytes(200, "text/html; charset=\"Shift_JIS\"", &b"<p>\x83e"[..]),
        expect![[r#"text/html Markdown Shift_JIS "テ""#]],
    )
    .await;
    check(
        html(PAGE).gzip(),
        expect![[r#"text/html Markdown UTF-8 "[top](BASE/docs/#top) [Intro](http://127.0""#]],
    )
    .await;
    check(html(""), expect![[r#"text/html Markdown UTF-8 """#]]).await;
}

#[tokio::test]
async fn an_answer_that_is_no_page_is_told() {
    check(html("<p>gone").status(404), expect!["http_status: BASE/x: answered 404"]).await;
    check(Answer::bytes(500, "text/plain", "oops"), expect!["http_status: BASE/x: answered 500"])
        .await;
    check(html(PAGE).reset_after(100), expect!["unreachable: 127.0.0.1: it broke off: error reading a body from connection: Connection reset by peer (os error 104)"]).await;
    check(html(PAGE).close_after(100), expect!["unreachable: 127.0.0.1: it broke off: error reading a body from connection: end of file before message length reached"]).await;
    check(html(PAGE).close_before_headers(), expect!["unreachable: 127.0.0.1: client error (SendRequest): connection closed before message completed"]).await;
    check(
        html(PAGE).header("content-encoding", "br"),
        expect!["unreachable: 127.0.0.1: it broke off: packed in a way that was not asked for"],
    )
    .await;
    check(html(PAGE).gzip().close_after(100), expect!["unreachable: 127.0.0.1: it broke off: error reading a body from connection: end of file before message length reached"]).await;
    check(html("x".repeat(FETCH_BYTES_MAX + 1)), expect!["too_large: BASE/x: larger than 5 MiB"])
        .await;
    check(
        html("x".repeat(FETCH_BYTES_MAX + 1)).chunked(),
        expect!["too_large: BASE/x: larger than 5 MiB"],
    )
    .await;
    check(
        html("x".repeat(FETCH_BYTES_MAX + 1)).gzip(),
        expect!["too_large: BASE/x: larger than 5 MiB"],
    )
    .await;
    check(
        html("<i>".repeat(100_000)),
        expect!["unreadable: the page cannot be read: its elements are nested more than 512 deep"],
    )
    .await;
    check(
        Answer::redirect("file:///etc/passwd"),
        expect!["redirect: BASE/x: redirects, but neither http nor https"],
    )
    .await;
    check(
        Answer::redirect("http://user:word@example.org/"),
        expect!["redirect: BASE/x: redirects, but it holds a user name or a password"],
    )
    .await;
    check(
        Answer::redirect("http://[::1"),
        expect!["redirect: BASE/x: redirects, but no valid address"],
    )
    .await;
    check(Answer::redirect("again"), expect!["redirect: BASE/x: more than 10 redirects"]).await;
    check(
        html("").status(302),
        expect!["redirect: BASE/x: redirects, but it does not say where to"],
    )
    .await;
}

#[tokio::test]
async fn an_error_page_tells_its_status_and_beginning() {
    let long = format!("<h1>Not here</h1>{}", "é".repeat(10_000));
    let upstream = Upstream::start(Script::always(html(long).status(403))).await;
    let error = fetch(&upstream, &asked(upstream.base_url())).await.unwrap_err();
    let FetchError::Status { status: 403, text, .. } = error else { panic!("{error}") };
    assert!(text.starts_with("<h1>Not here") && text.chars().count() == 500);
}

#[tokio::test]
async fn redirects_are_followed_and_told() {
    let script = Script::always(html("<p>here"))
        .on("/a", Answer::redirect("b/c#part"))
        .on("/b/c", Answer::redirect("/d").status(308));
    let upstream = Upstream::start(script).await;
    let page = fetch(&upstream, &asked(format!("{}/a#x", upstream.base_url()))).await.unwrap();
    let base = upstream.base_url();
    assert_eq!(page.url, format!("{base}/d"));
    assert_eq!(page.redirects, [format!("{base}/a"), format!("{base}/b/c")]);
    let agents: Vec<_> = upstream
        .requests()
        .iter()
        .map(|request| request.header("user-agent").unwrap_or_default().to_owned())
        .collect();
    assert!(agents.len() == 3 && agents.iter().all(|agent| agent.starts_with("ironbridge/")));
    assert!(upstream.requests().iter().all(|request| request.header("cookie").is_none()));
}

/// The server that is allowed sends us to one that is not: no byte reaches that.
#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let private = Upstream::start(Script::always(html("<p>secret"))).await;
    let port = private.address().port();
    for location in [
        private.base_url(),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("//0x7f.1:{port}/"),
        format!("//2130706433:{port}/"),
    ] {
        let upstream = Upstream::start(Script::always(Answer::redirect(location.clone()))).await;
        let error = fetch(&upstream, &asked(upstream.base_url())).await.unwrap_err();
        assert_eq!(error.code(), "private_address", "{location}: {error}");
    }
    assert_eq!(private.connections().accepted, 0);
}

#[tokio::test]
async fn addresses_that_cannot_be_asked_are_refused_before_a_socket_opens() {
    let upstream = Upstream::start(Script::always(html(PAGE))).await;
    let port = upstream.address().port();
    let fetcher = Fetcher::new(FetchSettings::default()).unwrap();
    let mut told = String::new();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://0:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://user@example.org/".to_owned(),
        "ftp://example.org/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/html,x".to_owned(),
        "example.org".to_owned(),
        "/x".to_owned(),
        String::new(),
        format!("http://example.org/{}", "x".repeat(9000)),
    ] {
        let error = fetcher.fetch(&asked(url)).await.unwrap_err();
        told.push_str(&format!("{}: {error}\n", error.code()).replace(&port.to_string(), "PORT"));
    }
    expect![[r#"
        private_address: 127.0.0.1 is this machine (127.0.0.1), which is not read; the operator can allow the host
        private_address: localhost is this machine (127.0.0.1), which is not read; the operator can allow the host
        private_address: [::1] is this machine (::1), which is not read; the operator can allow the host
        private_address: 0.0.0.0 is this machine (0.0.0.0), which is not read; the operator can allow the host
        private_address: 127.0.0.1 is this machine (127.0.0.1), which is not read; the operator can allow the host
        private_address: 127.0.0.1 is this machine (127.0.0.1), which is not read; the operator can allow the host
        private_address: 169.254.169.254 is a neighbour on the link, where clouds keep their metadata service (169.254.169.254), which is not read; the operator can allow the host
        invalid_url: http://user@example.org/: it holds a user name or a password
        invalid_url: ftp://example.org/: neither http nor https
        invalid_url: file:///etc/passwd: neither http nor https
        invalid_url: data:text/html,x: neither http nor https
        invalid_url: example.org: no absolute address like https://example.org/
        invalid_url: /x: no absolute address like https://example.org/
        invalid_url: : no absolute address like https://example.org/
        invalid_url: http://example.org/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: longer than 8 KiB
    "#]].assert_eq(&told);
    assert_eq!(upstream.connections().accepted, 0);
}

#[tokio::test]
async fn an_allowed_host_is_that_host_and_port_alone() {
    let upstream = Upstream::start(Script::always(html("<p>mine"))).await;
    let port = upstream.address().port();
    for (allowed, url, expected) in [
        ("localhost".to_owned(), format!("http://localhost:{port}/"), "read"),
        (format!("LocalHost:{port}"), format!("http://localhost:{port}/"), "read"),
        (format!("localhost:{port}"), format!("http://127.0.0.1:{port}/"), "private_address"),
        ("localhost:1".to_owned(), format!("http://localhost:{port}/"), "private_address"),
    ] {
        let settings = FetchSettings { allowed_hosts: vec![allowed], ..FetchSettings::default() };
        let fetched = Fetcher::new(settings).unwrap().fetch(&asked(url.clone())).await;
        assert_eq!(fetched.as_ref().map_or_else(FetchError::code, |_| "read"), expected, "{url}");
    }
}

#[tokio::test]
async fn what_the_caller_got_wrong_is_said() {
    let upstream = Upstream::start(Script::always(html(PAGE))).await;
    let url = upstream.base_url();
    for (selector, seconds, expected) in [
        (Some("p["), None, expect!["invalid_selector: `p[` is no CSS selector"]),
        (Some("h6"), None, expect!["nothing_selected: BASE/: `h6` names no part of the page"]),
        (None, Some(0), expect!["invalid_timeout: a time of 0 s: it must be 1 to 120"]),
        (None, Some(121), expect!["invalid_timeout: a time of 121 s: it must be 1 to 120"]),
    ] {
        let selector = selector.map(str::to_owned);
        let asked = Fetch { selector, timeout_seconds: seconds, ..asked(url.clone()) };
        expected.assert_eq(&shown(&upstream, &fetch(&upstream, &asked).await));
    }
    let upstream = Upstream::start(Script::always(Answer::json(200, &json!({})))).await;
    let asked = Fetch { selector: Some("p".to_owned()), ..asked(upstream.base_url()) };
    expect!["invalid_selector: BASE/: application/json is no HTML, so no selector can be used"]
        .assert_eq(&shown(&upstream, &fetch(&upstream, &asked).await));
}

/// A server that is silent in the middle is given up, and its socket closed.
#[tokio::test]
async fn a_silent_server_is_given_up() {
    let gate = Gate::new();
    let upstream = Upstream::start(Script::always(html(PAGE).silent_after(100, &gate))).await;
    let asked = Fetch { timeout_seconds: Some(1), ..asked(upstream.base_url()) };
    let error = fetch(&upstream, &asked).await.unwrap_err();
    assert_eq!(error.code(), "timeout", "{error}");
    upstream.wait_until(|log| log.connections.open == 0).await;
}

#[tokio::test]
async fn dropping_the_call_closes_the_connection() {
    let gate = Gate::new();
    let upstream = Upstream::start(Script::always(html(PAGE).silent_after(100, &gate))).await;
    let fetcher = allowed(&upstream);
    let asked = asked(upstream.base_url());
    tokio::select! {
        fetched = fetcher.fetch(&asked) => panic!("{fetched:?}"),
        () = gate.reached_by(1) => {}
    }
    upstream.wait_until(|log| log.connections.open == 0).await;
}
