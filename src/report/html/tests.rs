use super::*;
use crate::lint::testing::Issued;
use crate::model::{Held, Purpose};
use crate::report::Format;
use crate::report::testing::{self, CA_REUSED, judgement, origin_in, report, settings};
use crate::text::SourceFile;

#[test]
fn no_value_is_markup() {
    let file = SourceFile::new("<script>alert(1)</script>.yaml", "\"><img src=x onerror=alert(1)>");
    let mut finding = testing::finding(Severity::Error, origin_in(&file, "onerror"));
    finding.message = "</title></style></script><script>alert(1)</script>".to_owned();
    finding.fix = crate::lint::Fix::from("' onmouseover='alert(1)").shell("echo \"<b>\"".to_owned());
    let page = report(Format::Html, &settings(), &[testing::of_finding(&CA_REUSED, finding)]);
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(page.matches("</script").count(), 1, "{page}");
    for markup in ["<img", "<b>"] {
        assert!(!page.contains(markup), "{markup} in {page}");
    }
    assert!(page.contains("echo &quot;&lt;b&gt;&quot;"), "{page}");
}

#[test]
fn the_page_loads_nothing_and_runs_only_its_own() {
    let page = report(Format::Html, &settings(), &[judgement()]);
    let policy = format!("default-src 'none'; style-src '{}'; script-src '{}'", source(STYLE), source(SCRIPT));
    assert!(page.contains(&policy), "{page}");
    for loading in ["src=", "<link", "@import", "url(", " style=", "http://"] {
        assert!(!page.contains(loading), "{loading}");
    }
    // As `printf '' | openssl dgst -sha256 -binary | base64` prints it.
    assert_eq!(source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn certificates_are_counted_once_by_their_year() {
    let mut ends = Ends::default();
    let mut of_one = judgement();
    let certificate = Issued::ca("a").certificate();
    let in_use = |role| crate::lint::CertificateInUse { role, path: "/a".to_owned(), certificate: certificate.clone() };
    of_one.certificates = vec![in_use("client-ca-file"), in_use("requestheader-client-ca-file")];
    ends.add(&of_one);
    ends.add(&of_one);
    let drawn = ends.draw(time::macros::datetime!(2026-11-21 20:38 UTC)).into_string();
    assert!(drawn.contains("1 certificate by year"), "{drawn}");
}

/// That of `graph`, by the same path validation, and not by names.
#[test]
fn the_trust_map_is_that_of_the_flags() {
    let certificate = Issued::ca("a").certificate();
    let held = |flag, purpose| Held {
        flag,
        path: format!("/{flag}"),
        purpose,
        allowed_names: None,
        certificates: Ok(vec![certificate.clone()]),
    };
    let mut of_one = judgement();
    let unseen = Held {
        certificates: Err("could not be looked at: <b>".to_owned()),
        ..held("proxy-client-cert-file", Purpose::Presents)
    };
    of_one.trust.held = vec![
        held("client-ca-file", Purpose::TrustsUsers),
        held("requestheader-client-ca-file", Purpose::TrustsFrontProxies),
        unseen,
    ];
    let map = trust_map::of_judgement(&of_one, settings().now, None).into_string();
    assert_eq!(map.matches("in both worlds").count(), 2, "{map}");
    assert!(map.contains("can issue front proxies: it stands in both files"), "{map}");
    assert!(map.contains("could not be looked at: &lt;b&gt;") && map.contains("Not drawn"), "{map}");
    let drawn = trust_map::of_judgement(&of_one, settings().now, Some("s1-")).into_string();
    assert!(drawn.contains("<svg class=\"drawing\"") && drawn.contains("s1-"), "{drawn}");
    assert!(!drawn.contains("<b>"), "{drawn}");
}

/// What was found is drawn before what is fine, and a page is never full of drawings alone.
#[test]
fn a_large_page_draws_what_was_found() {
    let mut page = Html::new(settings().now);
    let found = judgement();
    let mut fine = judgement();
    fine.outcomes.clear();
    let mut drawn = |judgement: &Judgement, times: usize| {
        let mut drawn = 0;
        for _ in 0..times {
            page.written += 1;
            drawn += usize::from(page.prefix(judgement).is_some());
        }
        drawn
    };
    assert_eq!(drawn(&fine, 1000), ALWAYS_DRAWN);
    assert_eq!(drawn(&found, 1000), DRAWN - ALWAYS_DRAWN);
}
