//! What a node's set-up says of front proxies, aspect by aspect.

use std::collections::BTreeSet;

use crate::lint::facts::wording::{list, quoted, subject_and_fingerprint};
use crate::model::{AllowedNames, ListSetting, Reason, Setting, Setup};
use crate::text::Origin;

/// What nodes can disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Aspect {
    Authorities,
    Names,
    Headers,
}

/// What one node has, and where.
pub(crate) struct View {
    /// Equal when the nodes agree.
    pub key: BTreeSet<String>,
    pub shown: String,
    pub origin: Origin,
}

pub(crate) fn views(nodes: &[&Setup], names: &[String], aspect: Aspect) -> Result<Vec<View>, Reason> {
    let views = nodes.iter().zip(names).map(|(node, name)| view(node, name, aspect));
    views.collect()
}

pub(crate) fn view(node: &Setup, name: &str, aspect: Aspect) -> Result<View, Reason> {
    let not_known = |what: &str| Reason::undecided(format!("{name}: {what} are not known"));
    let options = &node.options;
    let origin = |setting: Option<&Origin>| setting.unwrap_or(&node.invocation.origin).clone();
    match aspect {
        Aspect::Authorities => {
            let setting = node.requestheader_client_ca.origin();
            if node.requestheader_client_ca.is_not_given() {
                return Ok(View {
                    key: BTreeSet::new(),
                    shown: "no requestheader CA".to_owned(),
                    origin: origin(setting),
                });
            }
            let bundle = node.requestheader_client_ca.get()?;
            let certificates: Vec<String> = bundle.certificates().map(subject_and_fingerprint).collect();
            Ok(View {
                key: bundle.certificates().map(crate::x509::Certificate::fingerprint).collect(),
                shown: list(&certificates, "and"),
                origin: bundle.origin.clone(),
            })
        }
        Aspect::Names => {
            let (key, shown) = match node.allowed_names() {
                Ok(AllowedNames::Only(names)) => (names.iter().cloned().collect(), quoted(&names, "and")),
                Ok(AllowedNames::Any) => (BTreeSet::new(), "every name".to_owned()),
                Err(_) => return Err(not_known("the allowed names")),
            };
            Ok(View { key, shown, origin: origin(options.requestheader_allowed_names.origin()) })
        }
        Aspect::Headers => {
            let lists = [
                ("username", &options.requestheader_username_headers),
                ("uid", &options.requestheader_uid_headers),
                ("group", &options.requestheader_group_headers),
                ("extra", &options.requestheader_extra_headers_prefix),
            ];
            let mut key = BTreeSet::new();
            let mut shown = Vec::new();
            for (kind, setting) in lists {
                let headers = header_names(node, setting).ok_or_else(|| not_known(&format!("the {kind} headers")))?;
                if !headers.is_empty() {
                    // Header names compare without regard to case; their order decides which one counts.
                    key.insert(format!("{kind}: {}", headers.join(",").to_ascii_lowercase()));
                    shown.push(format!("{kind} {}", headers.join(",")));
                }
            }
            let shown = if shown.is_empty() { "no headers".to_owned() } else { shown.join(", ") };
            let first = lists.into_iter().find_map(|(_, setting)| setting.origin());
            Ok(View { key, shown, origin: origin(first) })
        }
    }
}

pub(crate) fn header_names<'a>(node: &Setup, setting: &'a ListSetting) -> Option<Vec<&'a str>> {
    match setting {
        Setting::Absent if node.options.fragment.is_some() => None,
        setting => setting.entries(),
    }
}

/// What most nodes have; of equally many the first.
pub(crate) fn most_common(views: &[View]) -> Option<&View> {
    let count = |view: &View| views.iter().filter(|other| other.key == view.key).count();
    views.iter().rev().max_by_key(|view| count(view))
}

pub(crate) fn all_equal<T: PartialEq>(mut items: impl Iterator<Item = T>) -> bool {
    let Some(first) = items.next() else { return true };
    items.all(|item| item == first)
}

pub(crate) fn name_of(names: &[String], index: usize) -> &str {
    names.get(index).map(String::as_str).unwrap_or_default()
}
