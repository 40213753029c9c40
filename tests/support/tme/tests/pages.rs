//! Every page class.

use super::*;

#[tokio::test]
async fn a_user_with_everything() {
    let tme = Tme::start().await;
    tme.set(
        Card::user("Ann_Example", "Ann <b> Example")
            .bio("R&D!\nSee @some_channel")
            .verified()
            .photo(photo(1)),
    );
    let page = page(&tme, "/ann_example").await;
    assert_whole(&page);
    assert!(page.contains("<title>Telegram: Contact @Ann_Example</title>"));
    assert!(page.contains("path_full:\"\\/ann_example\"") && page.contains("https://t.me/ann_example"));
    assert!(page.contains("<meta property=\"al:ios:url\" content=\"tg://resolve?domain=Ann_Example\">"));
    assert!(
        page.contains(
            "<span dir=\"auto\">Ann &lt;b&gt; Example</span><i class=\"verified-icon\"> ✔</i></div>"
        )
    );
    assert_eq!(extras(&page), ["@Ann_Example"]);
    assert_eq!(
        bio_of(&page),
        Some("R&amp;D&#33;<br/>See <a href=\"https://t.me/some_channel\">@some_channel</a>")
    );
    assert!(page.contains("\"og:description\" content=\"R&amp;D&#33;\nSee @some_channel\">"));
    assert!(page.contains("\"twitter:description\" content=\"R&amp;D&#33;\nSee @some_channel\n\">"));
    assert!(page.contains("you can contact <br><strong>Ann</strong> right away."));
    assert!(page.contains(">Send Message</a>") && page.contains("<!-- PRIVACY_BTN -->"));
}

#[tokio::test]
async fn a_user_without_anything() {
    let tme = Tme::start().await;
    tme.set(Card::user("nobody_here", "Nobody"));
    let page = page(&tme, "/nobody_here").await;
    assert_eq!(bio_of(&page), None);
    assert!(!page.contains("tgme_page_photo") && !page.contains("noindex"));
    assert!(page.contains("\"og:image\" content=\"https://telegram.org/img/t_logo_2x.png\""));
    assert!(page.contains("\"og:description\" content=\"You can contact @nobody_here right away.\""));
}

#[tokio::test]
async fn a_bot_has_two_extras_and_may_carry_a_start_parameter() {
    let tme = Tme::start().await;
    tme.steady();
    tme.set(Card::bot("trade_bot", "Trade & Bot").bio("Trades.").monthly_users(17_811));
    let bot = page(&tme, "/trade_bot?start=ref_1").await;
    assert_eq!(extras(&bot), ["@trade_bot", "17 811 monthly users"]);
    assert!(bot.contains("noindex, nofollow") && bot.contains("domain=trade_bot&amp;start=ref_1"));
    assert!(bot.contains("<title>Telegram: Launch @trade_bot") && bot.contains(">Start Bot</a>"));
    assert!(bot.contains("you can launch <br><strong>Trade &amp; Bot</strong>"));
    assert!(!page(&tme, "/trade_bot").await.contains("noindex"));
}

#[tokio::test]
async fn channels_and_groups() {
    let tme = Tme::start().await;
    tme.steady();
    tme.set(Card::channel("news_daily", "News", 1).bio("One\n\nTwo").photo(photo(3)));
    tme.set(Card::channel("dark_news", "Dark", 2_000).without_preview());
    tme.set(Card::group("talk_here", "Talk here", 16_674).online(362));
    tme.set(Card::group("quiet_talk", "Quiet", 7));
    let news = page(&tme, "/news_daily").await;
    assert_eq!((extras(&news), bio_of(&news)), (vec!["1 subscriber"], Some("One<br/><br/>Two")));
    assert!(
        news.contains("\"og:description\" content=\"One\t\tTwo\">")
            && news.contains("href=\"/s/news_daily\"")
    );
    assert!(
        news.contains(
            "<div class=\"tgme_page_title\" dir=\"auto\">\n  <span dir=\"auto\">News</span>\n</div>"
        )
    );
    assert!(!page(&tme, "/dark_news").await.contains("/s/dark_news"));
    let talk = page(&tme, "/talk_here").await;
    assert_eq!(extras(&talk), ["16 674 members, 362 online"]);
    assert_eq!(
        talk.matches("data:image/svg+xml;base64,").count(),
        3,
        "the letter avatar stands for the photo"
    );
    assert!(
        talk.contains("can view and join @talk_here right away.") && talk.contains(">View in Telegram</a>")
    );
    assert_eq!(extras(&page(&tme, "/quiet_talk").await), ["7 members"]);
}

#[tokio::test]
async fn names_without_a_card() {
    let tme = Tme::start().await;
    let shell = page(&tme, "/Free_Name").await;
    assert_whole(&shell);
    assert!(shell.contains("\"tgme_username_link\" href=\"tg://resolve?domain=Free_Name\">@Free_Name</a>"));
    assert!(!shell.contains("tgme_page_title") && !shell.contains("shine") && shell.contains("noindex"));
    for path in ["/", "/abc", "/a-b-c-d", "/1abcd", "/joinchat", "/%D1%8F%D1%8F%D1%8F%D1%8F"] {
        let answer = get(&tme, path).await.unwrap();
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.headers()["location"], "https://telegram.org/");
    }
}

#[tokio::test]
async fn old_layouts() {
    let tme = Tme::start().await;
    let channel = Card::channel("old_news", "Old", 233).bio("Agency").photo(photo(1));
    tme.set(channel.clone().layout(Layout::Y2021));
    let old = page(&tme, "/old_news").await;
    assert_whole(&old);
    assert_eq!(extras(&old), ["233 members"]);
    assert!(old.contains("\"tgme_page tgme_page_post\"") && old.contains("tgme_page_context_action"));
    assert!(!old.contains("tgme_body_wrap") && old.contains("<title>Telegram: Contact @old_news"));
    tme.set(channel.layout(Layout::Y2024));
    let newer = page(&tme, "/old_news").await;
    assert!(newer.contains("tgme_body_wrap") && newer.contains("<title>Telegram: Contact @old_news"));
    assert!(newer.find("al:ios:url").unwrap() < newer.find("twitter:card").unwrap());
    tme.set(Card::bot("old_bot", "Old bot").monthly_users(5).layout(Layout::Y2024));
    assert_eq!(extras(&page(&tme, "/old_bot").await), ["@old_bot"]);
}

#[tokio::test]
async fn previews_posts_and_invites() {
    let tme = Tme::start().await;
    tme.set(Card::channel("news_daily", "News", 32_812));
    tme.set(Card::user("ann_example", "Ann"));
    tme.set_invite("AbC-d", Card::group("none", "Closed circle", 136).bio("Secret!"));
    assert!(page(&tme, "/s/news_daily").await.contains("<span class=\"counter_value\">32.8K</span>"));
    let back = get(&tme, "/s/ann_example").await.unwrap();
    assert_eq!(
        (back.status().as_u16(), back.headers()["location"].to_str().unwrap().ends_with("/ann_example")),
        (302, true)
    );
    let post = page(&tme, "/news_daily/12").await;
    assert!(
        post.contains("tgme_page_widget")
            && !post.contains("tgme_page_title")
            && post.contains("Text of post 12.")
    );
    assert!(page(&tme, "/ann_example/12").await.contains("tgme_page_title"));
    for path in ["/+AbC-d", "/joinchat/AbC-d"] {
        let invite = page(&tme, path).await;
        assert!(
            invite.contains("<title>Telegram: Join Group Chat") && invite.contains("tg://join?invite=AbC-d")
        );
        assert!(invite.contains("invited to the group <strong dir=\"auto\">Closed circle</strong>"));
    }
    let dead = page(&tme, "/+gone").await;
    assert!(
        dead.contains("You are invited to a <strong>group chat</strong>")
            && !dead.contains("tgme_page_title")
    );
}

#[tokio::test]
async fn what_changes_on_every_fetch_and_what_does_not() {
    let tme = Tme::start().await;
    tme.set(Card::group("talk_here", "Talk", 160_674).online(36_200).photo(photo(1)));
    let pages = [page(&tme, "/talk_here").await, page(&tme, "/@TALK_here").await];
    let photos = pages.each_ref().map(|page| between(page, "tgme_page_photo_image\" src=\"", "\"").unwrap());
    for (from, to) in [("dl?tme=", "\""), ("generated in ", "ms"), ("page_extra\">", " members")] {
        assert_ne!(between(&pages[0], from, to).unwrap(), between(&pages[1], from, to).unwrap());
    }
    assert_ne!(photos[0], photos[1]);
    for address in photos {
        let answer = client().get(address).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        assert_eq!(answer.bytes().await.unwrap(), photo(1));
    }
    tme.steady();
    assert_eq!(page(&tme, "/talk_here").await, page(&tme, "/talk_here").await);
    assert_eq!(get(&tme, "/i/userpic/320/talk_here.jpg").await.unwrap().bytes().await.unwrap(), photo(1));
    assert_eq!(get(&tme, "/file/unknown.jpg").await.unwrap().status(), 404);
}
