//! What the records of one text said together: each thing once, and the cause before what follows from it.
//!
//! A log tells one event in four lines, the same of thirty nodes, and what users see before why.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::compile;
use super::{About, Event, Explanation, Role, Telling, authentication, availability, speaker};

/// What was said, and of what record.
pub(super) struct Told {
    pub explanation: Explanation,
    /// The number of the record: what one says stays together.
    pub record: usize,
    pub telling: Telling,
    /// Whether the record's beginning was cut off.
    pub is_headless: bool,
    /// Whether a person wrote it, who names and quotes what programs say.
    pub is_of_a_person: bool,
}

/// Everything once, a cause first.
pub(super) fn together(mut told: Vec<Told>) -> Vec<Explanation> {
    drop_what_people_name(&mut told);
    fold_events(&mut told);
    drop_halves(&mut told);
    drop_symptoms(&mut told);
    let mut ranks: HashMap<usize, Rank> = HashMap::new();
    for one in &told {
        ranks.entry(one.record).and_modify(|rank| *rank = (*rank).min(rank_of(one))).or_insert_with(|| rank_of(one));
    }
    told.sort_by_key(|one| ranks.get(&one.record).copied());
    let mut all = grouped(told.into_iter().map(|one| one.explanation));
    // A log begins with what has started, and is read for what has not.
    all.sort_by_key(|one| one.about == About::NoFailure);
    all
}

/// How near something is to the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Why a certificate of the aggregation layer was refused.
    Refusal,
    /// What else is wrong with the front proxy: whatever has the same words is another's matter.
    FrontProxy,
    Cause,
    /// A cause, and whose it is the line does not tell.
    NotTold,
    Symptom,
    Little,
    Surroundings,
    Harmless,
    NoFailure,
}

fn rank_of(told: &Told) -> Rank {
    let explanation = &told.explanation;
    // What authenticators say is nearer to the cause than the answer that an access log tells, whosever certificate it was.
    let is_of_layer = match explanation.about {
        About::NotTold => explanation.recognised.starts_with(authentication::MARK),
        about => matches!(about, About::FrontProxy | About::ExtensionServer),
    };
    match explanation.about {
        About::NoFailure => Rank::NoFailure,
        _ if explanation.role == Role::Harmless => Rank::Harmless,
        _ if explanation.role == Role::Symptom => Rank::Symptom,
        _ if told.telling == Telling::Surroundings => Rank::Surroundings,
        _ if told.telling != Telling::Cause => Rank::Little,
        _ if is_of_layer && explanation.recognised.contains("x509: ") => Rank::Refusal,
        About::FrontProxy => Rank::FrontProxy,
        About::NotTold => Rank::NotTold,
        _ => Rank::Cause,
    }
}

/// The object that a look-up asks for.
const LOOKED_UP: &str = "extension-apiserver-authentication";

/// What it adds that an extension API server goes on without the ConfigMap.
const TOLERATED: (&str, &str) = (
    "The server started all the same (--authentication-tolerate-lookup-failure): until it is restarted, it knows no front proxy.",
    "extension-lookup-tolerated",
);

impl Event {
    /// Whether something tells the event. Whatever names the ConfigMap and a cause tells why it was not got.
    fn is_told_by(self, one: &Told) -> bool {
        let explanation = &one.explanation;
        match (self, explanation.role) {
            (_, Role::Beside(_)) => false,
            (Self::LookUpFailed | Self::LookUpTolerated, _) => {
                let is_failure = explanation.about != About::NoFailure && one.telling == Telling::Cause;
                is_failure && explanation.recognised.contains(LOOKED_UP)
            }
            (Self::FrontProxyRead, role) => role == Role::Tells(self),
        }
    }
}

/// Tells an event once, where the line that tells it is there.
fn fold_events(told: &mut Vec<Told>) {
    for event in [Event::LookUpFailed, Event::LookUpTolerated, Event::FrontProxyRead] {
        let Some(cause) = told.iter().position(|one| event.is_told_by(one)) else { continue };
        let record = told.get(cause).map(|cause| cause.record);
        let all = told.len();
        told.retain(|one| one.explanation.role != Role::Beside(event) || Some(one.record) == record);
        let is_tolerated = event == Event::LookUpTolerated && told.len() < all;
        let Some(cause) = told.iter_mut().find(|one| event.is_told_by(one)).filter(|_| is_tolerated) else { continue };
        let (sentence, rule) = TOLERATED;
        if speaker::is_of_extension_server(&cause.explanation) && !cause.explanation.rules.contains(&rule) {
            cause.explanation.meaning = format!("{} {sentence}", cause.explanation.meaning);
            cause.explanation.rules.push(rule);
        }
    }
}

/// Drops what people name or quote in sentences and commands of their own where a program tells something.
fn drop_what_people_name(told: &mut Vec<Told>) {
    let of_programs: Vec<String> = told
        .iter()
        .filter(|one| !one.is_of_a_person && one.explanation.about != About::NoFailure)
        .map(|one| one.explanation.recognised.clone())
        .collect();
    if of_programs.is_empty() {
        return;
    }
    let is_quoted = |one: &Told| of_programs.iter().any(|said| said.contains(one.explanation.recognised.as_str()));
    told.retain(|one| !one.is_of_a_person || one.telling == Telling::Cause && !is_quoted(one));
}

/// Drops what was cut off where the same stands whole.
fn drop_halves(told: &mut Vec<Told>) {
    let whole: Vec<(String, bool)> =
        told.iter().map(|one| (one.explanation.recognised.clone(), one.explanation.role == Role::Stump)).collect();
    told.retain(|one| {
        let recognised = &one.explanation.recognised;
        let is_end = || {
            one.is_headless
                && whole.iter().any(|(all, _)| all.len() > recognised.len() && all.contains(recognised.as_str()))
        };
        let is_beginning = || {
            one.explanation.role == Role::Stump
                && whole.iter().any(|(all, is_cut)| !is_cut && all.starts_with(authentication::MARK))
        };
        !is_end() && !is_beginning()
    });
}

/// Groups of the API in what was recognised, with or without the version before them.
static GROUPS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r"\b(?:v\d+(?:(?:alpha|beta)\d+)?\.)?(?P<group>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*[a-z0-9])\b")
});

/// The groups that a text names. The resources of metrics.k8s.io stand before its name: `pods.metrics.k8s.io`.
fn groups(text: &str) -> Vec<&str> {
    let found = GROUPS.iter().flat_map(|groups| groups.captures_iter(text));
    let names = found.filter_map(|found| found.name("group")).map(|group| group.as_str());
    names.map(|name| ["pods.", "nodes."].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)).collect()
}

/// The groups of which something is told.
fn groups_of(one: &Told) -> Vec<&str> {
    [&one.explanation.recognised, &one.explanation.meaning].map(|text| groups(text)).concat()
}

/// Drops what says nothing of the cause where the cause of the same API is told.
fn drop_symptoms(told: &mut Vec<Told>) {
    let is_of_layer = |one: &Told| {
        matches!(one.explanation.about, About::FrontProxy | About::ExtensionServer)
            || one.explanation.printed_by == availability::PRINTED_BY
    };
    let causes: HashSet<String> = told
        .iter()
        .filter(|one| matches!(rank_of(one), Rank::Refusal | Rank::FrontProxy | Rank::Cause) && is_of_layer(one))
        .flat_map(groups_of)
        .map(str::to_owned)
        .collect();
    if causes.is_empty() {
        return;
    }
    let is_told = |one: &Told| groups_of(one).into_iter().all(|group| causes.contains(group));
    told.retain(|one| !(rank_of(one) == Rank::Symptom && is_told(one)));
}

/// So many things are compared with each other that have as many words.
const MOST_OF_A_LENGTH: usize = 64;

/// So many commands are named for one thing.
const MOST_COMMANDS: usize = 6;

/// One thing, and how its words differ each time it is told.
struct Group {
    explanation: Explanation,
    words: Vec<String>,
    /// Of each time, the words that are other ones than the first time, by their place.
    others: Vec<Vec<String>>,
}

/// What says the same of several nodes, groups or names, once, with what differs.
fn grouped(all: impl Iterator<Item = Explanation>) -> Vec<Explanation> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_kind: HashMap<(String, About, Vec<&'static str>, usize), Vec<usize>> = HashMap::new();
    for explanation in all {
        let words = words(&explanation.meaning);
        let kind = (explanation.printed_by.clone(), explanation.about, explanation.rules.clone(), words.len());
        let alike = by_kind.entry(kind).or_default();
        let found =
            alike.iter().copied().find(|index| groups.get(*index).is_some_and(|group| are_alike(&group.words, &words)));
        match found.and_then(|index| groups.get_mut(index)) {
            Some(group) => group.add(explanation, words),
            None => {
                if alike.len() < MOST_OF_A_LENGTH {
                    alike.push(groups.len());
                }
                groups.push(Group { explanation, words, others: Vec::new() });
            }
        }
    }
    groups.into_iter().map(Group::told).collect()
}

impl Group {
    fn add(&mut self, explanation: Explanation, words: Vec<String>) {
        self.explanation.count += explanation.count;
        let next = explanation.next.into_iter().filter(|command| !self.explanation.next.contains(command));
        let next: Vec<String> = next.collect();
        let room = MOST_COMMANDS.saturating_sub(self.explanation.next.len());
        self.explanation.next.extend(next.into_iter().take(room));
        self.others.push(words);
    }

    fn told(self) -> Explanation {
        let Self { mut explanation, words, others } = self;
        let differs = |place: &usize| others.iter().any(|other| other.get(*place) != words.get(*place));
        let mut places: Vec<usize> = (0..words.len()).filter(differs).collect();
        places.dedup_by_key(|place| words.get(*place));
        if !others.is_empty() {
            let value = |words: &Vec<String>| {
                let mut values: Vec<&str> =
                    places.iter().filter_map(|place| words.get(*place)).map(|word| bare(word)).collect();
                values.dedup();
                values.join(" ")
            };
            for value in std::iter::once(&words).chain(&others).map(value) {
                if !explanation.values.contains(&value) {
                    explanation.values.push(value);
                }
            }
        }
        explanation
    }
}

/// The words of a meaning; what stands between backticks is one.
fn words(meaning: &str) -> Vec<String> {
    let parts = meaning.split('`').enumerate();
    let words = parts.flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
        _ => vec![format!("`{part}`")],
    });
    words.collect()
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !"/[]".contains(c))
}

/// Whether two say the same but for names and numbers.
fn are_alike(one: &[String], other: &[String]) -> bool {
    /// Plain words that may be names.
    const MOST_PLAIN: usize = 2;
    /// Fewer words are not told by the rest of them.
    const SHORTEST: usize = 20;

    let differing = one.iter().zip(other).filter(|(one, other)| one != other);
    let plain = differing.filter(|(one, other)| !is_value(one) || !is_value(other)).count();
    one.len() == other.len() && (plain == 0 || plain <= MOST_PLAIN && one.len() >= SHORTEST)
}

/// Whether a word is a name or a number and no word of a language.
fn is_value(word: &str) -> bool {
    word.starts_with('`') || bare(word).contains(|c: char| !c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use crate::explain::{About, Explanation, explain};

    fn failures(text: &str) -> Vec<Explanation> {
        explain(text).into_iter().filter(|one| one.about != About::NoFailure).collect()
    }

    fn look_up(user: &str) -> String {
        [
            "1 requestheader_controller.go:193] Unable to get configmap/extension-apiserver-authentication in kube-system.  Usually fixed by \
             'kubectl create rolebinding -n kube-system NAME --role=extension-apiserver-authentication-reader --serviceaccount=NS:SA'",
            &format!(
                "1 authentication.go:368] Error looking up in-cluster authentication configuration: configmaps \
                 \"extension-apiserver-authentication\" is forbidden: User \"{user}\" cannot get resource \"configmaps\" in API group \"\" in \
                 the namespace \"kube-system\""
            ),
            "1 authentication.go:369] Continuing without authentication configuration. This may treat all requests as anonymous.",
            "1 authentication.go:370] To require authentication configuration lookup to succeed, set --authentication-tolerate-lookup-failure=false",
        ]
        .map(|line| format!("W0102 03:04:05.000000       {line}"))
        .join("\n")
    }

    /// One event in four lines.
    #[test]
    fn a_look_up_that_failed_is_told_once_and_of_who_asked() {
        let of_component = failures(&look_up("system:kube-scheduler"));
        assert_eq!(of_component.len(), 1, "{of_component:?}");
        assert_eq!(of_component[0].about, About::SomethingElse);
        assert!(!of_component[0].rules.contains(&"extension-lookup-tolerated"));
        let of_server = failures(&look_up("system:serviceaccount:tools:adapter"));
        assert_eq!(of_server.len(), 1, "{of_server:?}");
        assert_eq!(of_server[0].about, About::ExtensionServer);
        assert!(of_server[0].rules.contains(&"extension-lookup-tolerated"), "{of_server:?}");
        // Without the line that names the account each of the others tells something.
        let others: Vec<String> =
            look_up("a").lines().filter(|line| !line.contains("forbidden")).map(str::to_owned).collect();
        assert!(failures(&others.join("\n")).len() > 1);
    }

    #[test]
    fn the_same_of_many_is_told_once_with_their_names() {
        let line = |node: u32| {
            format!(
                "W0102 03:04:05.000000       1 x509.go:172] x509: subject with cn=system:node:worker-{node} is not in the allowed list: [aggregator]"
            )
        };
        let lines: Vec<String> = (1..=12).chain([1]).map(line).collect();
        let found = explain(&lines.join("\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].count, found[0].values.len()), (13, 12));
        assert_eq!(found[0].values[0], "system:node:worker-1");
    }

    #[test]
    fn other_causes_stay_apart() {
        let line = |cause: &str| {
            format!(
                "E0102 03:04:05.000000       1 authentication.go:73] \"Unable to authenticate the request\" err=\"{cause}\""
            )
        };
        let text = [
            line("x509: certificate signed by unknown authority"),
            line(
                "x509: certificate has expired or is not yet valid: current time 2026-01-02T00:00:00Z is after 2026-01-01T00:00:00Z",
            ),
        ];
        assert_eq!(explain(&text.join("\n")).len(), 2);
    }

    #[test]
    fn a_cause_stands_before_what_follows_from_it() {
        let text = "error: unable to fetch pod metrics: the server is currently unable to handle the request (get pods.metrics.k8s.io)\n\
                    I0102 03:04:05.000000       1 secure_serving.go:213] Serving securely on [::]:443\n\
                    W0102 03:04:05.000000       1 x509.go:172] x509: subject with cn=a is not in the allowed list: [b]\n";
        let found = explain(text);
        assert!(found[0].recognised.contains("subject with cn=a"), "{found:?}");
        assert_eq!(found.last().map(|last| last.about), Some(About::NoFailure));
    }

    #[test]
    fn a_symptom_is_not_told_beside_the_cause_of_the_same_api() {
        let symptom = |group: &str| {
            format!(
                "E0102 03:04:05.000000       1 memcache.go:287] couldn't get resource list for {group}/v1beta1: the server is currently unable to handle the request"
            )
        };
        let cause = "E0102 03:04:05.000000       1 available_controller.go:460] v1beta1.metrics.k8s.io failed with: failing or missing response from https://10.0.0.9:4443/apis/metrics.k8s.io/v1beta1: Get \"https://10.0.0.9:4443/apis/metrics.k8s.io/v1beta1\": context deadline exceeded";
        assert_eq!(explain(&symptom("metrics.k8s.io")).len(), 1);
        assert_eq!(explain(&format!("{}\n{cause}", symptom("metrics.k8s.io"))).len(), 1);
        assert_eq!(explain(&format!("{}\n{cause}", symptom("custom.metrics.k8s.io"))).len(), 2);
        let of_custom = cause.replace("metrics.k8s.io", "custom.metrics.k8s.io");
        assert_eq!(explain(&format!("{}\n{of_custom}", symptom("metrics.k8s.io"))).len(), 2, "another API's");
        let of_pods = "error: unable to fetch pod metrics: the server is currently unable to handle the request (get pods.metrics.k8s.io)";
        assert_eq!(explain(of_pods).len(), 1);
        assert_eq!(explain(&format!("{of_pods}\n{cause}")).len(), 1);
    }

    #[test]
    fn what_was_cut_off_is_left_out_where_the_same_stands_whole() {
        let whole = "E0102 03:04:05.000000       1 authentication.go:63] \"Unable to authenticate the request\" err=\"[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority]\"";
        let stump = "E0102 03:04:06.000000       1 authentication.go:63] \"Unable to authenticate the request\" err=\"[x509: ce";
        let tail = " AKID= failed: x509: certificate signed by unknown authority]\"";
        let cut = explain(stump);
        assert!(cut.len() == 1 && cut[0].rules.is_empty() && cut[0].about == About::NotTold, "{cut:?}");
        assert_eq!(explain(tail).len(), 1);
        let found = explain(&[tail, whole, stump].join("\n"));
        assert!(found.len() == 1 && !found[0].rules.is_empty(), "{found:?}");
    }

    #[test]
    fn what_the_front_proxy_lacks_stands_before_what_is_another_matter() {
        let text = "E1115 10:00:02.735837       1 scraper.go:139] \"Failed to scrape node\" err=\"Get \\\"https://192.168.31.2:10250/stats/summary?only_cpu_and_memory=true\\\": x509: cannot validate certificate for 192.168.31.2 because it doesn't contain any IP SANs\" node=\"node2\"\n\
                    E1115 10:30:00.735837       1 configmap_cafile_content.go:242] kube-system/extension-apiserver-authentication failed with : missing content for CA bundle \"client-ca::kube-system::extension-apiserver-authentication::requestheader-client-ca-file\"\n";
        let about: Vec<About> = explain(text).iter().map(|one| one.about).collect();
        assert_eq!(about, [About::FrontProxy, About::SomethingElse]);
    }
}
