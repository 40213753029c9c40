//! The quick reader never differs from the reference reader: pages plain and nasty, whole and cut.

use proptest::prelude::*;

use super::{scan, tree};

/// Pieces that a page is thrown together from: what Telegram writes, and what HTML's rules of repair are for.
const PIECES: &[&str] = &[
    "<div class=\"tgme_page_wrap\">",
    "<div class=\"tgme_page\">",
    "<div class='tgme_page tgme_page_post'>",
    "<div class=\"tgme_page_title\" dir=\"auto\">",
    "<div class=\"tgme_page_extra\">",
    "<div>",
    "</div>",
    "</div>",
    "</div>",
    "</div>",
    "<div class=\"tgme_page_description \">",
    "<div class=\"tgme_page_additional\">",
    "<div class=\"tgme_page_widget\"/>",
    "<div class=tgme_page>",
    "<DIV CLASS=\"tgme_page\">",
    "<div class=\"\">",
    "<span dir=\"auto\">",
    "</span>",
    "<span>",
    "<i class=\"verified-icon\"> \u{2714}</i>",
    "<i>",
    "</i>",
    "<b>",
    "</b>",
    "<b>",
    "<strong>",
    "</strong>",
    "<em>",
    "</em>",
    "<tg-emoji emoji-id=\"5\">",
    "</tg-emoji>",
    "<br>",
    "<br/>",
    "</br>",
    "<a href=\"https://t.me/synth\">",
    "<a class=\"tgme_username_link\" href='tg://x'>",
    "</a>",
    "<a href=\"/s/synth\">",
    "<a class=\"tgme_action_button_new shine\" href=\"tg://resolve?domain=synth\">",
    "<img class=\"tgme_page_photo_image\" src=\"https://cdn.example/f.jpg\">",
    "<img src=\"a\" src=\"b\" class>",
    "<meta property=\"og:image\" content=\"https://cdn.example/a.jpg\">",
    "<meta content='x' property='og:title'>",
    "<meta property=\"og:description\" content=\"a &amp; b\nc\">",
    "<meta property=og:title content=x>",
    "<meta property=\"al:ios:url\" content=\"tg://resolve?domain=synth&amp;start=1\">",
    "<meta PROPERTY=\"og:title\">",
    "<meta property=\"og:description\" content=\"<div class='tgme_page'>\">",
    "<title>Telegram: Contact @synth</title>",
    "<title></div></title>",
    "<title>a &lt; b</TITLE></title>",
    "<script>if (a < b) { x('</div>'); }</script>",
    "<script><!-- <script> </script> --></script>",
    "<script>",
    "</script>",
    "<style>a > b {}</style>",
    "<!-- a <div> comment -->",
    "<!-->",
    "<!--->",
    "<!-- x --!>",
    "<!-- <!-- -->",
    "-->",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "<svg viewBox=\"0 0 1 1\"><g fill='none'><circle r=\"1\"/><path d=\"m0 0\"/></g></svg>",
    "<svg>",
    "</svg>",
    "<svg><div></svg>",
    "<g>",
    "</g>",
    "<path/>",
    "<p>",
    "</p>",
    "<table>",
    "<tr>",
    "<select>",
    "<template>",
    "<noscript>",
    "</noscript>",
    "<textarea>",
    "<head>",
    "</head>",
    "<body class=\"x\">",
    "</body>",
    "<html>",
    "</html>",
    "<frameset>",
    "text",
    " ",
    "\n",
    "a < b",
    "<",
    ">",
    "&",
    "&amp;",
    "&lt;b&gt;",
    "&#33;",
    "&copy;",
    "&ampx",
    "&#128;",
    "\r\n",
    "\u{0}",
    "\u{3164}",
    "\u{1f468}\u{200d}\u{1f469}",
    "@synth",
    "17 811 monthly users",
    "\"",
    "'",
    "<span a='1' b=\"2\" c>",
    "<span a=1>",
    "<span\u{c}>",
    "<canvas id=\"c\">",
    "</canvas>",
    "<h1>",
    "<button>",
    "<nobr>",
    "<li>",
    "<option>",
];

/// The frame of a real page, with holes for pieces.
fn framed(head: &[&str], body: &[&str], card: &[&str], bio: &[&str]) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>Telegram</title>{}</head>\n<body>{}\
         <div class=\"tgme_page_wrap\"><div class=\"tgme_page\"><div class=\"tgme_page_title\"><span>N</span></div>{}\
         <div class=\"tgme_page_description\">{}</div></div></div></body>\n</html>\n<!-- page generated in 1ms -->",
        head.concat(),
        body.concat(),
        card.concat(),
        bio.concat()
    )
}

fn pieces(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..most)
}

fn agree(page: &str) -> Result<bool, TestCaseError> {
    let quick = scan::parts(page);
    if let Some(quick) = &quick {
        prop_assert_eq!(quick, &tree::parts(page));
    }
    Ok(quick.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn on_pages_with_odd_pieces(head in pieces(3), body in pieces(3), card in pieces(4), bio in pieces(5)) {
        agree(&framed(&head, &body, &card, &bio))?;
    }

    #[test]
    fn on_heaps_of_pieces(heap in pieces(30)) {
        agree(&heap.concat())?;
        agree(&format!("<!DOCTYPE html><html><body>{}</body></html>", heap.concat()))?;
    }

    #[test]
    fn on_well_nested_pages(bio in nested(), card in nested()) {
        let page = framed(&[], &[], &[&card], &[&bio]);
        agree(&page)?;
    }

    #[test]
    fn on_cut_and_mixed_pages(card in nested(), cut in any::<prop::sample::Index>(), extra in pieces(3)) {
        let page = framed(&[], &[], &[&card], &[]);
        let at = (0..=cut.index(page.len())).rev().find(|at| page.is_char_boundary(*at)).unwrap_or(0);
        agree(&page[..at])?;
        agree(&format!("{}{}{}", &page[..at], extra.concat(), &page[at..]))?;
    }
}

/// A page as it is served, with the two places that change on every fetch.
fn served(token: &str, bio: &str, time: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>Telegram: Contact @synth</title>\
         <meta property=\"og:image\" content=\"https://telegram.org/img/t_logo_2x.png\">\
         <meta property=\"og:description\" content=\"{bio}\">\
         <meta property=\"al:ios:url\" content=\"tg://resolve?domain=synth\"></head><body>\
         <div class=\"tgme_page_wrap\"><a href=\"//telegram.org/dl?tme={token}\">Download</a>\
         <div class=\"tgme_page\"><div class=\"tgme_page_title\"><span>N</span></div>\
         <div class=\"tgme_page_extra\">@synth</div><div class=\"tgme_page_description \">{bio}</div>\
         <a class=\"tgme_action_button_new\" href=\"tg://resolve?domain=synth\">Send Message</a>\
         </div></div></body></html>\n<!-- page generated in {time}ms -->\n"
    )
}

const BIOS: &[&str] =
    &["hi", "ho", "", "href=&quot;//telegram.org/dl?tme=ab_1&quot;", "//telegram.org/dl?tme=ab_2"];
const TOKENS: &[&str] = &["", "ab_1", "ab_2", "0123456789abcdef_77", "x", "ab_1\" class=\"tgme_page"];
const TIMES: &[&str] = &["1.25", "13.6", "", "x", "1ms --><p>"];

proptest! {
    #[test]
    fn remembered_readings_are_those_of_the_page(
        visits in proptest::collection::vec(
            (proptest::sample::select(TOKENS), proptest::sample::select(BIOS), proptest::sample::select(TIMES),
             proptest::option::of((any::<prop::sample::Index>(), "[a-z<>\"&/ ]{0,3}"))),
            1..12,
        ),
        room in 0_usize..3,
    ) {
        let cards = super::LastCards::new(room);
        let asked = tgbio_core::Username::parse("synth").unwrap();
        for (token, bio, time, change) in visits {
            let mut page = served(token, bio, time);
            if let Some((at, text)) = change {
                page.insert_str(at.index(page.len()), &text);
            }
            let whole = super::read_page_whole(page.as_bytes(), &asked);
            prop_assert_eq!(cards.read(page.as_bytes(), &asked), whole.clone());
            prop_assert_eq!(super::read_page(page.as_bytes(), &asked), whole);
        }
    }
}

#[test]
fn a_page_that_differs_only_where_every_fetch_differs_is_remembered() {
    let (cards, asked) = (super::LastCards::new(4), tgbio_core::Username::parse("synth").unwrap());
    let first = served("ab_1", "hi", "1.25");
    let reading = cards.read(first.as_bytes(), &asked).unwrap();
    assert_eq!(cards.compare(served("cd_22", "hi", "13").as_bytes(), &asked).ok(), Some(reading));
    assert_eq!(cards.compare(served("cd_22", "ho", "13").as_bytes(), &asked).ok(), None);
}

/// Elements closed in their order, so that most of them are read quickly.
fn nested() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(PIECES).prop_map(str::to_owned);
    leaf.prop_recursive(5, 24, 5, |inner| {
        let names =
            ["div", "span", "a", "b", "i", "strong", "em", "tg-emoji", "title", "script", "svg", "canvas"];
        let class = proptest::sample::select(vec![
            "",
            " class=\"tgme_page_extra\"",
            " class='tgme_page_title'",
            " class=\"tgme_page_description x\"",
            " href='https://t.me/x'",
            " class=\"verified-icon\"",
            " class='tgme_action_button_new'",
        ]);
        (proptest::sample::select(names.to_vec()), class, proptest::collection::vec(inner, 0..5))
            .prop_map(|(name, class, inner)| format!("<{name}{class}>{}</{name}>", inner.concat()))
    })
}

#[test]
fn ordinary_pages_are_read_quickly() {
    let card = ["<div class=\"tgme_page_extra\">\n  @synth\n</div>", "<!-- WEBOGRAM_BTN -->"];
    let bio = [
        "R&amp;D<br/>",
        "<a href=\"https://t.me/x\">@x</a>",
        " <tg-emoji><i><b>\u{1f642}</b></i></tg-emoji>",
    ];
    let page = framed(&["<script>a && b</script>"], &["<canvas></canvas>"], &card, &bio);
    assert!(agree(&page).unwrap());
    assert_eq!(scan::parts(&page).unwrap().card.description, "R&D\n@x \u{1f642}");
}
