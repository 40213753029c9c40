//! Whatever stands in a profile is shown as text.

use tgbio_core::{Link, Observed};

use super::world::{World, profile};

/// Texts that break pages which trust them.
pub(in crate::web) const HOSTILE: [&str; 9] = [
    "<script>alert('x')</script>",
    "\"><img src=x onerror=\"alert(1)\">",
    "'; DROP TABLE profiles; --",
    "</textarea></title></style><iframe src=javascript:alert(1)>",
    "admin\u{202e}gnp.exe \u{2066}isolated\u{2069} \u{200b}zero\u{200b}width",
    "שלום, עולם (مرحبا) 123",
    "👩\u{200d}👩\u{200d}👧 🏴 Z\u{351}\u{36b}a\u{343}\u{36a}l\u{302}g\u{34d}o",
    "{{ 7*7 }} {% raw %} ${7*7} &lt;b&gt; &amp;amp;",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// What must never come out of a page: markup or template text that a profile brought in.
fn assert_harmless(html: &str) {
    for bad in [
        "<script>alert",
        "<img src=x",
        "<iframe",
        "</textarea></title>",
        "onerror=\"",
        "style=",
        "javascript:alert(1)\"",
        " 49 ",
    ] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
    for turning in ['\u{202e}', '\u{2066}'] {
        assert!(!html.contains(turning), "a bidi control came through");
    }
}

#[tokio::test]
async fn hostile_profiles_are_text_on_every_page() {
    let world = World::new().await;
    let all = HOSTILE.join("\n");
    world.source.says(profile("mal_lory", &all, Some(&all)));
    let id = world.follow("mal_lory").await;
    let mut second = profile("mal_lory", &HOSTILE.concat(), Some(&HOSTILE.join(" ")));
    second.links = Observed::Present(vec![
        Link { text: "<script>".into(), url: "javascript:alert(1)".into() },
        Link { text: "x".into(), url: "https://a.example/\"onmouseover=\"alert(1)".into() },
    ]);
    world.source.says(second);
    world.look_after(2, id).await;
    world.source.says(profile("mal_lory", "x", None));
    world.look_after(2, id).await;
    for path in ["/", "/profiles/mal_lory", "/status", "/audit", "/profiles/mal_lory/edit"] {
        for page in [world.get(path).await, world.get_russian(path).await] {
            assert_eq!(page.status, 200, "{path}");
            assert_harmless(&page.text);
        }
    }
    let page = world.get("/profiles/mal_lory").await.text;
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert!(page.contains("<span class=\"ctl\">U+202E</span>"));
    assert!(page.contains("👩\u{200d}👩\u{200d}👧"), "emoji stay whole");
}

#[tokio::test]
async fn hostile_questions_are_text_too() {
    let world = World::new().await;
    let q = "%3Cscript%3Ealert(1)%3C/script%3E%22%3E%3Cimg%20src=x%3E";
    for path in [
        format!("/?q={q}&tag={q}&order={q}"),
        format!("/profiles/{q}"),
        format!("/nowhere/{q}"),
        format!("/login?next={q}"),
    ] {
        assert_harmless(&world.get(&path).await.text);
    }
    let answer = world.post("/add", &[("names", "\"><script>alert(1)</script>,b<b>")]).await;
    assert_harmless(&answer.text);
    assert!(
        answer.text.contains("&lt;script&gt;") || answer.text.contains("&#60;script&#62;"),
        "{}",
        answer.text
    );
    let note = "</textarea><script>alert(1)</script>";
    world.source.says(profile("anna_k", "Anna", None));
    world.follow("anna_k").await;
    assert_eq!(world.post("/profiles/anna_k/edit", &[("note", note), ("tags", note)]).await.status, 303);
    for path in ["/profiles/anna_k", "/profiles/anna_k/edit"] {
        assert_harmless(&world.get(path).await.text);
    }
}

#[tokio::test]
async fn raw_pages_are_saved_and_not_run() {
    let world = World::new().await;
    world.follow("telegram").await;
    let raw = world.get("/profiles/telegram/revisions/1/evidence").await;
    assert_eq!(raw.status, 200);
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    assert!(raw.header("content-disposition").starts_with("attachment"));
    assert!(raw.header("content-security-policy").contains("sandbox"));
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    assert_eq!(world.get("/profiles/telegram/revisions/9/evidence").await.status, 404);
}
