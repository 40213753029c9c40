//! The page around a card: head, brand, scripts, the generation time in the last line.

use super::card::Layout;
use super::fresh::Fresh;
use super::text::script_string;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Everything around the card that depends on what is shown. All strings are escaped already, except `path`.
pub(super) struct Frame<'a> {
    pub(super) layout: Layout,
    /// The document's title.
    pub(super) title: String,
    pub(super) noindex: bool,
    /// `og:title`.
    pub(super) name: &'a str,
    /// `og:image`.
    pub(super) image: &'a str,
    /// `og:description`.
    pub(super) description: &'a str,
    /// `tg://...`.
    pub(super) deep_link: &'a str,
    /// What was asked for, as it came, without the first slash.
    pub(super) path: &'a str,
    /// Extra class tokens of `tgme_page`, with their leading space.
    pub(super) page_classes: &'static str,
    pub(super) fresh: Fresh,
}

impl Frame<'_> {
    /// The whole document around `card`.
    pub(super) fn around(&self, card: &str) -> Vec<u8> {
        let mut out = String::with_capacity(13_000 + card.len());
        self.head(&mut out);
        match self.layout {
            Layout::Y2021 => self.body_2021(&mut out, card),
            Layout::Y2024 | Layout::Y2026 => self.body(&mut out, card),
        }
        self.scripts(&mut out);
        _ = write!(
            out,
            "  </body>\n</html>\n<!-- page generated in {}ms -->\n",
            self.fresh.generation_time()
        );
        out.into_bytes()
    }

    fn head(&self, out: &mut String) {
        out.push_str("<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n");
        _ = writeln!(out, "    <title>{}</title>", self.title);
        out.push_str("    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\">\n");
        self.head_scripts(out);
        out.push_str("    ");
        if self.noindex {
            out.push_str("<meta name=\"robots\" content=\"noindex, nofollow\">");
        }
        self.social_metas(out);
        if self.layout == Layout::Y2026 {
            self.twitter_metas(out);
            self.app_metas(out);
        } else {
            self.app_metas(out);
            self.twitter_metas(out);
        }
        self.store_metas(out);
        self.style_links(out);
    }

    fn head_scripts(&self, out: &mut String) {
        if self.layout == Layout::Y2026 {
            out.push_str("    <script>location.hash=''</script>\n");
        }
        if self.layout != Layout::Y2021 {
            _ = writeln!(
                out,
                "    <script>try{{var p=window.parent;if(p&&p!==window){{p.postMessage(JSON.stringify({{eventType:\
                 'web_app_open_tg_link',eventData:{{path_full:\"\\/{}\"}}}}),'https://web.telegram.org');}}}}catch(e){{}}\
                 </script>",
                script_string(self.path)
            );
        }
    }

    fn social_metas(&self, out: &mut String) {
        let Self { name, image, description, .. } = self;
        _ = write!(
            out,
            "<meta property=\"og:title\" content=\"{name}\">\n\
             <meta property=\"og:image\" content=\"{image}\">\n\
             <meta property=\"og:site_name\" content=\"Telegram\">\n\
             <meta property=\"og:description\" content=\"{description}\">\n\n\
             <meta property=\"twitter:title\" content=\"{name}\">\n\
             <meta property=\"twitter:image\" content=\"{image}\">\n\
             <meta property=\"twitter:site\" content=\"@Telegram\">\n\n"
        );
    }

    fn twitter_metas(&self, out: &mut String) {
        _ = write!(
            out,
            "<meta name=\"twitter:card\" content=\"summary\">\n\
             <meta name=\"twitter:site\" content=\"@Telegram\">\n\
             <meta name=\"twitter:description\" content=\"{}\n\">\n",
            self.description
        );
    }

    fn app_metas(&self, out: &mut String) {
        let link = self.deep_link;
        _ = write!(
            out,
            "<meta property=\"al:ios:app_store_id\" content=\"686449807\">\n\
             <meta property=\"al:ios:app_name\" content=\"Telegram Messenger\">\n\
             <meta property=\"al:ios:url\" content=\"{link}\">\n\n\
             <meta property=\"al:android:url\" content=\"{link}\">\n\
             <meta property=\"al:android:app_name\" content=\"Telegram\">\n\
             <meta property=\"al:android:package\" content=\"org.telegram.messenger\">\n\n"
        );
    }

    fn store_metas(&self, out: &mut String) {
        let link = self.deep_link;
        for device in ["iphone", "ipad"] {
            _ = write!(
                out,
                "<meta name=\"twitter:app:name:{device}\" content=\"Telegram Messenger\">\n\
                 <meta name=\"twitter:app:id:{device}\" content=\"686449807\">\n\
                 <meta name=\"twitter:app:url:{device}\" content=\"{link}\">\n"
            );
        }
        _ = write!(
            out,
            "<meta name=\"twitter:app:name:googleplay\" content=\"Telegram\">\n\
             <meta name=\"twitter:app:id:googleplay\" content=\"org.telegram.messenger\">\n\
             <meta name=\"twitter:app:url:googleplay\" content=\"https://t.me/{}\">\n\n\
             <meta name=\"apple-itunes-app\" content=\"app-id=686449807, app-argument: {link}\">\n",
            super::text::escape(self.path)
        );
    }

    fn style_links(&self, out: &mut String) {
        let version = match self.layout {
            Layout::Y2021 => 205,
            Layout::Y2024 => 238,
            Layout::Y2026 => 254,
        };
        if self.layout == Layout::Y2021 {
            out.push_str("    <link rel=\"shortcut icon\" href=\"//telegram.org/favicon.ico?3\" type=\"image/x-icon\" />\n");
        } else {
            out.push_str(ICON_LINKS);
        }
        _ = write!(
            out,
            "    <link href=\"//telegram.org/css/font-roboto.css?1\" rel=\"stylesheet\" type=\"text/css\">\n\
             \x20   <link href=\"//telegram.org/css/bootstrap.min.css?3\" rel=\"stylesheet\">\n\
             \x20   <link href=\"//telegram.org/css/telegram.css?{version}\" rel=\"stylesheet\" media=\"screen\">\n  </head>\n"
        );
    }

    fn body(&self, out: &mut String, card: &str) {
        _ = write!(
            out,
            "  <body class=\"no_transition\">\n      <div class=\"tgme_background_wrap\">\n    \
             <canvas id=\"tgme_background\" class=\"tgme_background default\" width=\"50\" height=\"50\" \
             data-colors=\"dbddbb,6ba587,d5d88d,88b884\"></canvas>\n    \
             <div class=\"tgme_background_pattern default\"></div>\n  </div>\n    <div class=\"tgme_page_wrap\">\n      \
             <div class=\"tgme_head_wrap\">\n        <div class=\"tgme_head\">\n          \
             <a href=\"//telegram.org/\" class=\"tgme_head_brand\">\n            {logo}\n          </a>\n          \
             <a class=\"tgme_head_right_btn\" href=\"//telegram.org/dl?tme={token}\">\n            Download\n          </a>\n        \
             </div>\n      </div>\n      <div class=\"tgme_body_wrap\">\n        <div class=\"tgme_page{classes}\">\n          \
             {card}        </div>\n        \n      </div>\n    </div>\n\n    <div id=\"tgme_frame_cont\"></div>\n\n",
            logo = logo(),
            token = self.fresh.download_token(),
            classes = self.page_classes,
        );
    }

    fn body_2021(&self, out: &mut String, card: &str) {
        _ = write!(
            out,
            "  <body>\n\n    <div class=\"tgme_page_wrap\">\n      <div class=\"tgme_head_wrap\">\n        \
             <div class=\"tgme_head\">\n          <a href=\"//telegram.org/\" class=\"tgme_head_brand\">\n            \
             <i class=\"tgme_logo\"></i>\n          </a>\n        </div>\n      </div>\n      \
             <a class=\"tgme_head_dl_button\" href=\"//telegram.org/dl?tme={token}\">\n        \
             Don't have <strong>Telegram</strong> yet? Try it now!<i class=\"tgme_icon_arrow\"></i>\n      </a>\n      \
             <div class=\"tgme_page{classes}\">\n        {card}      </div>\n    </div>\n\n    \
             <div id=\"tgme_frame_cont\"></div>\n\n",
            token = self.fresh.download_token(),
            classes = self.page_classes,
        );
    }

    fn scripts(&self, out: &mut String) {
        if self.layout != Layout::Y2021 {
            out.push_str("    <script src=\"//telegram.org/js/tgwallpaper.min.js?3\"></script>\n\n");
        }
        let link = self.deep_link.replace("&amp;", "&").replace('/', "\\/");
        _ = write!(out, "    <script type=\"text/javascript\">\n\nvar protoUrl = \"{link}\";\n{OPEN_APP}");
        if self.layout != Layout::Y2021 {
            out.push_str(WALLPAPER);
        }
        out.push_str("    </script>\n");
    }
}

const ICON_LINKS: &str = concat!(
    "    <script>(function(m,d){m&&m('(prefers-color-scheme: dark)').matches&&d&&d.classList&&",
    "d.classList.add('theme_dark');})(window.matchMedia,document.documentElement);</script>\n",
    "    <link rel=\"icon\" type=\"image/svg+xml\" href=\"//telegram.org/img/website_icon.svg?4\">\n",
    "<link rel=\"apple-touch-icon\" sizes=\"180x180\" href=\"//telegram.org/img/apple-touch-icon.png\">\n",
    "<link rel=\"icon\" type=\"image/png\" sizes=\"32x32\" href=\"//telegram.org/img/favicon-32x32.png\">\n",
    "<link rel=\"icon\" type=\"image/png\" sizes=\"16x16\" href=\"//telegram.org/img/favicon-16x16.png\">\n",
    "<link rel=\"alternate icon\" href=\"//telegram.org/img/favicon.ico\" type=\"image/x-icon\" />\n",
);

/// Tries the app after a moment, as the real page does.
const OPEN_APP: &str = "if (false) {
  var holder = document.getElementById('tgme_frame_cont') || document.body;
  var frame = document.createElement('iframe');
  var left = false;
  holder.appendChild(frame);
  ['pagehide', 'blur'].forEach(function (name) {
    window.addEventListener(name, function () {
      left = true;
    }, false);
  });
  frame.src = protoUrl;
  setTimeout(function () {
    if (!left) {
      window.location = protoUrl;
    }
  }, 2000);
}
else if (protoUrl) {
  setTimeout(function () {
    window.location = protoUrl;
  }, 100);
}
";

const WALLPAPER: &str = "
var background = document.getElementById('tgme_background');
if (background) {
  TWallpaper.init(background);
  TWallpaper.animate(true);
  window.onfocus = function () { TWallpaper.update(); };
}
document.body.classList.remove('no_transition');

function showTheme(dark) {
  document.documentElement.classList.toggle('theme_dark', dark);
  window.Telegram && Telegram.setWidgetOptions({dark: dark});
}
if (window.matchMedia) {
  var preference = window.matchMedia('(prefers-color-scheme: dark)');
  showTheme(preference.matches);
  preference.addListener(function (event) {
    showTheme(event.matches);
  });
}

";

/// A drawing of about the size of the real brand: what counts is its weight in the page, not its looks.
fn logo() -> &'static str {
    static LOGO: OnceLock<String> = OnceLock::new();
    LOGO.get_or_init(|| {
        let mut out = String::from(
            "<svg class=\"tgme_logo\" height=\"34\" viewBox=\"0 0 133 34\" width=\"133\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n              <g fill=\"none\" fill-rule=\"evenodd\">\n                \
             <circle cx=\"17\" cy=\"17\" fill=\"var(--accent-btn-color)\" r=\"17\"/><path d=\"m7 17",
        );
        for i in 0..68_u32 {
            let step = |n: u32| f64::from((i * 37 + n * 101) % 997) / 1_000.0;
            _ = write!(
                out,
                "c{:.4}-{:.4} {:.5} {:.5} {:.5}-{:.5}",
                step(1),
                step(2),
                step(3),
                step(4),
                step(5),
                step(6)
            );
        }
        out.push_str("z\" fill=\"#fff\"/>\n              </g>\n            </svg>");
        out
    })
}
