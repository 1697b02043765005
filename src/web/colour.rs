//! The operator's accent, made readable: whatever colour is configured, its text reaches a contrast of 4.5:1.

use super::words::fill;

/// Red, green, blue, 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb(u8, u8, u8);

const WHITE: Rgb = Rgb(255, 255, 255);
// Pure, so that one of the two is always readable: at the grey where they meet, both reach 4.58:1.
const BLACK: Rgb = Rgb(0, 0, 0);
/// The least favourable backgrounds that links stand on, light and dark (`--raised` in `app.css`).
const LIGHT_GROUND: Rgb = Rgb(241, 241, 239);
const DARK_GROUND: Rgb = Rgb(42, 42, 41);
/// What WCAG AA asks of body text.
const READABLE: f64 = 4.5;

/// CSS that sets `--accent`, `--accent-text` (on the accent) and `--link` (the accent as text) for both schemes.
///
/// Hexadecimal colours are computed here. For names and functions the browser does the same with lightnesses that are
/// readable for any hue. `None` for what cannot be a colour.
pub fn accent_css(colour: &str) -> Option<String> {
    let Some(accent) = parse(colour) else {
        return in_the_browser(colour);
    };
    let link = towards(accent, BLACK, LIGHT_GROUND);
    let bright = towards(accent, WHITE, DARK_GROUND);
    Some(fill(
        ":root{--accent:{a};--accent-text:{at};--link:{l}}\n\
         @media (prefers-color-scheme:dark){:root{--accent:{d};--accent-text:{dt};--link:{d}}}\n",
        &[
            ("a", &hex(accent)),
            ("at", &hex(text_on(accent))),
            ("l", &hex(link)),
            ("d", &hex(bright)),
            ("dt", &hex(text_on(bright))),
        ],
    ))
}

/// CSS that sets the same three for the widget, whose scheme is the visitor's or the one that the host page asks for.
pub fn widget_css(colour: &str) -> Option<String> {
    const STYLE: &str =
        ":host{--accent:light-dark({a},{d});--accent-text:light-dark({at},{dt});--link:light-dark({l},{d})}";
    let Some(accent) = parse(colour) else {
        if !is_harmless(colour) {
            return None;
        }
        let (light, dark) = (
            fill("oklch(from {c} .45 c h)", &[("c", colour)]),
            fill("oklch(from {c} .82 c h)", &[("c", colour)]),
        );
        let parts = [
            ("a", light.as_str()),
            ("at", "#ffffff"),
            ("l", &light),
            ("d", &dark),
            ("dt", "#111111"),
        ];
        return Some(fill(STYLE, &parts));
    };
    let link = towards(accent, BLACK, LIGHT_GROUND);
    let bright = towards(accent, WHITE, DARK_GROUND);
    Some(fill(
        STYLE,
        &[
            ("a", &hex(accent)),
            ("at", &hex(text_on(accent))),
            ("l", &hex(link)),
            ("d", &hex(bright)),
            ("dt", &hex(text_on(bright))),
        ],
    ))
}

/// Whether a text can only be a value in a style, never the end of one.
fn is_harmless(colour: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b" .,%/+-()".contains(&b);
    !colour.is_empty() && colour.bytes().all(fits)
}

/// The style for a colour that only browsers understand; those without relative colours get neutral links.
fn in_the_browser(colour: &str) -> Option<String> {
    if !is_harmless(colour) {
        return None;
    }
    Some(fill(
        ":root{--accent:{c};--accent-text:#ffffff;--link:var(--text)}\n\
         @supports (color:oklch(from red l c h)){:root{--accent:oklch(from {c} .45 c h);--link:oklch(from {c} .45 c h)}\n\
         @media (prefers-color-scheme:dark){:root{--accent:oklch(from {c} .82 c h);--accent-text:#111111;--link:oklch(from {c} .82 c h)}}}\n",
        &[("c", colour)],
    ))
}

/// Moves a colour towards black or white until it can be read on the ground.
fn towards(colour: Rgb, end: Rgb, ground: Rgb) -> Rgb {
    let mix =
        |from: u8, to: u8, percent: i32| (i32::from(from) + (i32::from(to) - i32::from(from)) * percent / 100) as u8;
    (0..=100)
        .map(|p| {
            Rgb(
                mix(colour.0, end.0, p),
                mix(colour.1, end.1, p),
                mix(colour.2, end.2, p),
            )
        })
        .find(|&c| contrast(c, ground) >= READABLE)
        .unwrap_or(end)
}

fn text_on(ground: Rgb) -> Rgb {
    if contrast(WHITE, ground) >= READABLE {
        WHITE
    } else {
        BLACK
    }
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(Rgb(r, g, b): Rgb) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn parse(colour: &str) -> Option<Rgb> {
    let digits: Vec<u8> = colour
        .trim()
        .strip_prefix('#')?
        .chars()
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    // A fourth number is transparency, which text on a button must not have.
    match digits[..] {
        [r, g, b] | [r, g, b, _] => Some(Rgb(r * 17, g * 17, b * 17)),
        [r1, r2, g1, g2, b1, b2] | [r1, r2, g1, g2, b1, b2, _, _] => {
            Some(Rgb(r1 * 16 + r2, g1 * 16 + g2, b1 * 16 + b2))
        }
        _ => None,
    }
}

fn hex(Rgb(r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_accent_can_be_read_in_both_schemes() {
        for colour in ["#0b6e4f", "#ff0", "#ffffff", "#000", "#e91e63", "#1565c0", "#777777"] {
            let accent = parse(colour).expect("colour");
            let (link, bright) = (
                towards(accent, BLACK, LIGHT_GROUND),
                towards(accent, WHITE, DARK_GROUND),
            );
            assert!(contrast(link, LIGHT_GROUND) >= READABLE, "{colour} as a link");
            assert!(
                contrast(bright, DARK_GROUND) >= READABLE,
                "{colour} as a link in the dark"
            );
            assert!(contrast(text_on(accent), accent) >= READABLE, "text on {colour}");
            assert!(
                contrast(text_on(bright), bright) >= READABLE,
                "text on {colour} in the dark"
            );
        }
    }

    #[test]
    fn what_is_no_colour_cannot_get_into_the_style() {
        for wrong in ["red;}body{display:none", "#12", "a:b", "", "#ggg", "x\"y", "<b>"] {
            assert_eq!(accent_css(wrong), None, "{wrong}");
            assert_eq!(widget_css(wrong), None, "{wrong}");
        }
    }

    /// The pairs that pages use, read from the style file itself.
    #[test]
    fn each_text_pair_of_the_style_is_readable() {
        let css = include_str!("static/app.css");
        let (light, dark) = css.split_once("/* dark */").expect("the dark set follows a comment");
        let dark = dark.split_once("/* end of dark */").expect("its end, too").0;
        let value = |set: &str, name: &str| {
            let (_, rest) = set
                .split_once(&format!("--{name}:"))
                .unwrap_or_else(|| panic!("--{name}"));
            parse(rest.split(';').next().expect("a value")).unwrap_or_else(|| panic!("--{name} is not a colour"))
        };
        for set in [light, dark] {
            for text in ["text", "muted", "good", "warn", "bad"] {
                for ground in ["bg", "surface", "raised"] {
                    let ratio = contrast(value(set, text), value(set, ground));
                    assert!(ratio >= READABLE, "--{text} on --{ground}: {ratio:.2}");
                }
            }
            assert!(
                contrast(value(set, "text"), value(set, "mark")) >= READABLE,
                "marked words"
            );
        }
    }
}
