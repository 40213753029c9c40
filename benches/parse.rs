//! Reading one user page of 10.5 kB: a general HTML parser over the whole document, our reader, and our reader when
//! the page is the one it saw last.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use scraper::{Html, Selector};
use tgbio_core::Username;
use tgbio_fetch::scrape::{LastCards, read_page, read_page_whole};

const SIZE: usize = 10_500;

/// A page as the site writes it, with the two places that differ on every fetch.
fn page(token: u64, time: u64) -> String {
    let bio = "R&amp;D @ Home &lt;3<br/>Line &quot;two&quot; &#33; it&#39;s<br/><br/>See \
               <a href=\"https://t.me/bench_chan\">@bench_chan</a> and https://example.org/a?b=1&amp;c=2";
    let plain_bio =
        bio.replace("<br/>", "\n").replace("<a href=\"https://t.me/bench_chan\">", "").replace("</a>", "");
    let photo = format!("https://cdn4.telesco.pe/file/{}.jpg", "Ab0-_zZ9".repeat(42));
    let page = format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n{}\n  </head>\n  <body class=\"no_transition\">\n\
         <div class=\"tgme_background_wrap\"><canvas id=\"tgme_background\" class=\"tgme_background default\" \
         width=\"50\" height=\"50\" data-colors=\"dbddbb,6ba587,d5d88d,88b884\"></canvas></div>\n\
         <div class=\"tgme_page_wrap\">\n<div class=\"tgme_head_wrap\">\n<div class=\"tgme_head\">\n\
         <a href=\"//telegram.org/\" class=\"tgme_head_brand\">\n<svg class=\"tgme_logo\" height=\"34\" \
         viewBox=\"0 0 133 34\"><g fill=\"none\"><circle cx=\"17\" cy=\"17\" r=\"17\"/><path d=\"{}\"/></g></svg>\n</a>\n\
         <a class=\"tgme_head_right_btn\" href=\"//telegram.org/dl?tme={token:018x}_{token}\">\n  Download\n</a>\n\
         </div>\n</div>\n<div class=\"tgme_body_wrap\">\n<div class=\"tgme_page\">\n<div class=\"tgme_page_photo\">\n  \
         <a href=\"tg://resolve?domain=bench_user\"><img class=\"tgme_page_photo_image\" src=\"{photo}\"></a>\n</div>\n\
         <div class=\"tgme_page_title\"><span dir=\"auto\">Rich &amp; Co</span></div>\n<div class=\"tgme_page_extra\">\n  \
         @bench_user\n</div>\n\n<div class=\"tgme_page_description \">{bio}</div>\n<div class=\"tgme_page_action\">\n  \
         <a class=\"tgme_action_button_new shine\" href=\"tg://resolve?domain=bench_user\">Send Message</a>\n</div>\n\
         <!-- WEBOGRAM_BTN -->\n<!-- PRIVACY_BTN -->\n<div class=\"tgme_page_additional\">\n  If you have \
         <strong>Telegram</strong>, you can contact <br><strong>Rich</strong> right away.\n</div>\n</div>\n</div>\n</div>\n\
         <div id=\"tgme_frame_cont\"></div>\n<script type=\"text/javascript\">\n",
        head(&plain_bio, &photo),
        "m49.4 24v-12.562h-4.224v-2.266h11.198v2.266z".repeat(60),
    );
    let end = format!("</script>\n  </body>\n</html>\n<!-- page generated in {time}.25ms -->\n");
    let room = SIZE.saturating_sub(page.len() + end.len());
    let script = "window.x && setTimeout(function() { if (!y) { z = w; } }, 100);\n".repeat(room / 64 + 1);
    format!("{page}{}{end}", &script[..room])
}

fn head(bio: &str, photo: &str) -> String {
    let link = "tg://resolve?domain=bench_user";
    let property = |name: &str, content: &str| format!("<meta property=\"{name}\" content=\"{content}\">\n");
    let name = |name: &str, content: &str| format!("<meta name=\"{name}\" content=\"{content}\">\n");
    [
        "<title>Telegram: Contact @bench_user</title>\n<script>location.hash=''</script>\n".to_owned(),
        property("og:title", "Rich &amp; Co")
            + &property("og:image", photo)
            + &property("og:site_name", "Telegram"),
        property("og:description", bio) + &property("twitter:title", "Rich &amp; Co"),
        property("twitter:image", photo) + &property("twitter:site", "@Telegram"),
        name("twitter:card", "summary") + &name("twitter:description", bio),
        property("al:ios:app_store_id", "686449807") + &property("al:ios:url", link),
        property("al:android:url", link) + &property("al:android:package", "org.telegram.messenger"),
        ["iphone", "ipad", "googleplay"].map(|app| name(&format!("twitter:app:url:{app}"), link)).concat(),
        ["iphone", "ipad", "googleplay"]
            .map(|app| name(&format!("twitter:app:id:{app}"), "686449807"))
            .concat(),
        "<link href=\"//telegram.org/css/telegram.css?254\" rel=\"stylesheet\" media=\"screen\">\n".repeat(6),
    ]
    .concat()
}

/// What a program without this crate would do: parse the document and select the fields.
fn scraper_alone(page: &str, selectors: &[Selector]) -> usize {
    let html = Html::parse_document(page);
    selectors
        .iter()
        .flat_map(|selector| html.select(selector))
        .flat_map(|found| found.text())
        .map(str::len)
        .sum()
}

#[expect(clippy::unwrap_used, reason = "constants of this bench")]
fn parse(criterion: &mut Criterion) {
    let (first, second) = (page(0x1f, 4), page(0x2e5, 17));
    let asked = Username::parse("bench_user").unwrap();
    assert!((SIZE..SIZE + 50).contains(&second.len()), "{}", second.len());
    let reading = read_page(second.as_bytes(), &asked).unwrap();
    assert_eq!(reading, read_page_whole(second.as_bytes(), &asked).unwrap());
    let cards = LastCards::new(1024);
    assert_eq!(cards.read(first.as_bytes(), &asked).unwrap(), reading);
    let selectors =
        [".tgme_page_title span", ".tgme_page_extra", ".tgme_page_description", "img.tgme_page_photo_image"]
            .map(|selector| Selector::parse(selector).unwrap());
    let mut group = criterion.benchmark_group("parse");
    group.bench_function("scraper over the whole document", |b| {
        b.iter(|| scraper_alone(black_box(&second), &selectors));
    });
    group.bench_function("read_page_whole", |b| {
        b.iter(|| read_page_whole(black_box(second.as_bytes()), &asked));
    });
    group.bench_function("read_page", |b| b.iter(|| read_page(black_box(second.as_bytes()), &asked)));
    group.bench_function("the card seen last", |b| {
        b.iter(|| cards.read(black_box(second.as_bytes()), &asked));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
