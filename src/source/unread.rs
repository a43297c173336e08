//! What gives one of our flags in a file of which something else was read: never passed over in silence.

use std::ops::Range;
use std::sync::Arc;

use super::{Argument, Completeness, Document, InputFormat, Invocation, NotRead, Resource, Unread, mention, program};
use crate::kubernetes::Component;
use crate::source::formats::command::is_source_code;
use crate::source::script::is_type;
use crate::source::shell::NoteKind;
use crate::text::{Located, Origin, SourceFile, Text};

/// A value is a word or two; what has more is a sentence.
const MOST_WORDS: usize = 3;

/// Begins of lines that say nothing to any program: YAML's and a shell's, C's and JavaScript's, an ini file's, HTML's,
/// SQL's and Lua's, a document's list or emphasis.
const COMMENTS: [&str; 7] = ["#", "//", "/*", "* ", ";", "<!--", "-- "];

/// A line ends with one of these where its value, or more of it, stands on the line below.
const GOES_ON: [char; 9] = ['|', '>', '-', '+', '[', '{', '(', '=', ':'];

/// A copy of the whole object, which `kubectl apply` leaves in it.
const COPY: &str = "last-applied-configuration";

/// Adds what of a file gives our flags and went into none of its documents. An invocation that lacks the flag may get it
/// there: what it lacks is then not decided, with that place as the reason. Where there is no such invocation, the place
/// is told by itself.
pub(super) fn tell(file: &Arc<SourceFile>, documents: &mut Vec<Document>, superseded: &[Origin]) {
    let told: Vec<Unread> = take_unread(documents);
    let read = Read::of(file, documents, superseded);
    let lines = unread_lines(file, &read).map(|mention| {
        let name = mention.source().to_owned();
        Unread { name, mention, gives: true, reason: NotRead::BesideRead }
    });
    let mut places: Vec<Unread> = told.into_iter().filter(|unread| !read.holds(&unread.mention)).chain(lines).collect();
    places.sort_by_key(|unread| unread.mention.range().start);
    places.dedup_by_key(|unread| unread.mention.start().0);
    let cut: Vec<Origin> = documents.iter().flat_map(cut_off).collect();
    places.retain(|unread| !cut.iter().any(|place| is_rest(place, &unread.mention)));
    let mut alone = Vec::new();
    for unread in places {
        let mut taken = false;
        for document in documents.iter_mut() {
            if let Document::Invocation(invocation) = document {
                // Another component's doubt says nothing of kube-apiserver, which has most of these flags.
                taken |= may_be_given(&unread, invocation) && invocation.component == Component::KubeApiserver;
            }
        }
        if !taken {
            alone.push(unread);
        }
    }
    documents.extend(alone.into_iter().map(Document::Unread));
}

/// Where a blank ended an invocation's command: what was meant to follow is not given, and that is told.
fn cut_off(document: &Document) -> Option<Origin> {
    let Document::Invocation(invocation) = document else { return None };
    let blank = NoteKind::BlankAfterBackslash.message();
    invocation.unresolved.iter().find(|part| part.value == blank).map(|part| part.origin.clone())
}

/// Whether nothing but flags stands from the place where a command was cut off to the mention.
fn is_rest(cut: &Origin, mention: &Origin) -> bool {
    let between = mention.file().text().get(cut.range().end..mention.range().start);
    between.is_some_and(|between| between.lines().skip(1).all(|line| line.trim_start().starts_with('-')))
}

fn take_unread(documents: &mut Vec<Document>) -> Vec<Unread> {
    let mut taken = Vec::new();
    documents.retain(|document| match document {
        Document::Unread(unread) => {
            taken.push(unread.clone());
            false
        }
        _ => true,
    });
    taken
}

/// Takes the place in as a reason why absence is not decided, where the invocation could have the flag and has it not.
fn may_be_given(unread: &Unread, invocation: &mut Invocation) -> bool {
    // Another file or a release, which need not be of this server, or one that is not.
    if matches!(
        unread.reason,
        NotRead::Packed(_)
            | NotRead::NotDeployed(_)
            | NotRead::OfOtherServer(_)
            | NotRead::ApiService
            | NotRead::OfChart
    ) {
        return false;
    }
    let name = letters(&unread.name);
    let of_component = invocation.component == Component::KubeApiserver || name.starts_with("requestheader");
    let is_given = |argument: &Argument| {
        program::flag_name(argument.text.as_str()).is_some_and(|given| letters(&given).starts_with(&name))
    };
    let mut given = invocation.arguments.iter_mut().filter(|argument| is_given(argument)).peekable();
    let is_patched = unread.reason == NotRead::Patch && invocation.format == InputFormat::Kubeadm && of_component;
    if is_patched {
        // The patch comes last, and says another value.
        given.by_ref().for_each(|argument| argument.opaque = true);
    } else if given.peek().is_some() || !of_component || (is_whole(invocation) && begins(line_before(&unread.mention)))
    {
        return false;
    }
    invocation.completeness = Completeness::Fragment;
    let (flag, (line, _)) = (&unread.name, unread.mention.start());
    let message = format!("{flag} stands on line {line}, but {}", unread.reason);
    invocation.unresolved.push(Located::new(message, unread.mention.clone()));
    true
}

/// Whether an object or a unit has all its flags: the line of another list or command adds none to it.
fn is_whole(invocation: &Invocation) -> bool {
    let is_object = matches!(invocation.format, InputFormat::Manifest | InputFormat::Systemd);
    is_object && invocation.completeness == Completeness::Complete
}

/// What stands on the line before a flag's name.
fn line_before(mention: &Origin) -> &str {
    let before = mention.file().text().get(..mention.range().start).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().trim_end_matches(of_name)
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

impl Unread {
    /// Where a text that is not read gives one of our flags, or else speaks of one.
    pub(super) fn in_text(text: &Text, reason: NotRead) -> Option<Self> {
        let spoken_of = mention(text.as_str().as_bytes())?;
        let given = text.lines().find_map(|line| Some(line.slice(given(line.as_str())?)));
        let gives = given.is_some() && !reason.is_of_no_account();
        let mention = given.unwrap_or_else(|| text.slice(spoken_of));
        Some(Self { name: mention.to_string(), mention: mention.origin(), gives, reason })
    }
}

/// Where a text that is neither YAML nor JSON says how the server of an APIService is verified: Terraform, CUE, and what
/// `kubectl describe` prints.
pub(super) fn of_api_service(text: &Text) -> Option<Unread> {
    // Most files have none.
    let may_name_any = text.as_str().contains(SERVICE);
    let names_any = may_name_any && text.as_str().lines().any(|line| beneath_api_service(line).is_some());
    // Whoever writes it in a program's source tests something.
    if !names_any || is_source_code(text.as_str()) {
        return None;
    }
    let lines: Vec<Text> = text.lines().collect();
    let mut starts =
        lines.iter().enumerate().filter_map(|(at, line)| Some((at + 1, beneath_api_service(line.as_str())?)));
    let setting = starts.find_map(|(behind, depth)| {
        // The next one looks at its own lines: a file may have thousands.
        let is_own = |line: &str| beneath_api_service(line).is_none_or(|of_next| of_next > depth);
        let belongs = |line: &&Text| is_beneath(line.as_str(), depth) && is_own(line.as_str());
        let mut beneath = lines.get(behind..)?.iter().take_while(belongs);
        beneath.find_map(|line| Some(line.slice(verification(line.as_str())?)))
    })?;
    let (name, mention) = (setting.to_string(), setting.origin());
    Some(Unread { name, mention, gives: true, reason: NotRead::ApiService })
}

/// What is in every spelling of its kind.
const SERVICE: &str = "ervice";

/// Where a text lets a chart switch the verification of its APIService off: with `--set` of helm, or with a name and its value
/// below, as Terraform and helmfile have them.
pub(super) fn of_chart(text: &Text) -> Option<Unread> {
    const SETTING: &str = "apiService.insecureSkipTLSVerify";
    let is_on =
        |rest: &str| rest.trim_start_matches(|c: char| c.is_whitespace() || "\"'=:,".contains(c)).starts_with("true");
    // Most files have none, and a line of them costs more than a look for it.
    if !text.as_str().contains(SETTING) {
        return None;
    }
    let lines: Vec<Text> = text.lines().collect();
    let mention = lines.iter().enumerate().find_map(|(at, line)| {
        let (before, rest) = line.as_str().split_once(SETTING)?;
        let is_comment = COMMENTS.iter().any(|mark| before.trim_start().starts_with(mark));
        let mut below = lines.get(at + 1..)?.iter().take(1).map(|line| line.as_str().trim_start());
        let is_given = match before.contains("--set") {
            true => is_on(rest),
            false => before.contains("name") && below.any(|next| next.strip_prefix("value").is_some_and(is_on)),
        };
        (is_given && !is_comment).then(|| line.slice(before.len()..before.len() + SETTING.len()))
    })?;
    let (name, mention) = (mention.to_string(), mention.origin());
    Some(Unread { name, mention, gives: true, reason: NotRead::OfChart })
}

/// How far what belongs to an APIService is indented at least, where a line begins one. Comments and references name them too.
fn beneath_api_service(line: &str) -> Option<usize> {
    let start = line.find(|c: char| c.is_ascii_alphanumeric()).filter(|_| line.contains(SERVICE))?;
    let (before, rest) = line.split_at_checked(start)?;
    let name = letters(rest);
    let is_resource = name.trim_start_matches("resource").starts_with("kubernetesapiservice") && line.contains('{');
    let depth = match () {
        () if name.starts_with("kindapiservice") => depth(line),
        () if is_resource => depth(line) + 1,
        () => return None,
    };
    begins(before).then_some(depth)
}

/// Whether a line goes on with what is indented so far: neither its parent does, nor the next item of a list, nor another
/// document. Without it, what an Argo CD Application ignores of an APIService is taken for a webhook's caBundle beside it.
fn is_beneath(line: &str, least: usize) -> bool {
    let text = line.trim_start();
    let is_item = text.starts_with("- ") && depth(line) == least;
    // Whoever writes a template does not indent its controls.
    let is_any_depth = text.is_empty() || text.starts_with("{{") || text.starts_with('#');
    is_any_depth || (depth(line) >= least && !is_item && !line.starts_with("---"))
}

/// Where a line begins, behind the mark of an item.
fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// The name of a setting in a line that switches the verification off, or gives the CA for it.
fn verification(line: &str) -> Option<Range<usize>> {
    let (name, value) = line.split_once(['=', ':'])?;
    let value = value.trim().trim_matches(['"', '\'', ',', ' ']);
    let gives = match letters(name).as_str() {
        "insecureskiptlsverify" => value == "true",
        "cabundle" => !value.is_empty() && !value.starts_with('{') && !is_type(value),
        _ => false,
    };
    let start = name.find(|c: char| c.is_ascii_alphanumeric())?;
    let end = name.rfind(|c: char| c.is_ascii_alphanumeric())? + 1;
    (gives && begins(name.get(..start)?)).then_some(start..end)
}

/// What of a file went into documents: ranges in its order, none within another.
struct Read(Vec<Range<usize>>);

impl Read {
    fn of(file: &Arc<SourceFile>, documents: &[Document], superseded: &[Origin]) -> Self {
        let superseded = superseded.iter().filter(|place| Arc::ptr_eq(place.file(), file));
        let mut ranges: Vec<Range<usize>> = superseded.map(Origin::range).collect();
        documents.iter().for_each(|document| add_document(document, file, &mut ranges));
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, last| {
            let within = next.start <= last.end;
            if within {
                last.end = last.end.max(next.end);
            }
            within
        });
        Self(ranges)
    }

    fn touches(&self, range: &Range<usize>) -> bool {
        let first = self.0.partition_point(|read| read.end < range.start);
        self.0.get(first).is_some_and(|read| read.start <= range.end)
    }

    fn holds(&self, place: &Origin) -> bool {
        self.touches(&place.range())
    }
}

fn add_document(document: &Document, file: &Arc<SourceFile>, ranges: &mut Vec<Range<usize>>) {
    let mut add = |text: &Text| {
        if Arc::ptr_eq(text.file(), file) {
            ranges.extend(text.sources());
        }
    };
    match document {
        Document::Invocation(invocation) => {
            invocation.arguments.iter().for_each(|argument| add(&argument.text));
            let places = invocation.unresolved.iter().map(|part| &part.origin).chain([&invocation.origin]);
            let places = places.chain(&invocation.superseded);
            ranges.extend(places.filter(|place| Arc::ptr_eq(place.file(), file)).map(Origin::range));
            for alternative in &invocation.alternatives {
                alternative.arguments.iter().for_each(|argument| {
                    if Arc::ptr_eq(argument.text.file(), file) {
                        ranges.extend(argument.text.sources());
                    }
                });
            }
        }
        Document::AuthenticationConfigMap(map) => {
            let values = [
                &map.client_ca,
                &map.requestheader_client_ca,
                &map.requestheader_allowed_names,
                &map.requestheader_username_headers,
                &map.requestheader_uid_headers,
                &map.requestheader_group_headers,
                &map.requestheader_extra_headers_prefix,
            ];
            values.into_iter().flatten().for_each(add);
        }
        Document::Resource(Resource::Workload(workload)) => {
            // Of the others nothing is judged.
            let judged = workload.containers.iter().filter(|container| container.is_extension_server);
            judged.flat_map(|container| &container.invocation.arguments).for_each(|argument| add(&argument.text));
        }
        Document::ApiService(_)
        | Document::Collection(_)
        | Document::Handshake(_)
        | Document::Resource(_)
        | Document::Unread(_) => {}
    }
}

/// The lines that give one of our flags, and from which nothing was read. A value may stand on the line below.
fn unread_lines<'a>(file: &'a Arc<SourceFile>, read: &'a Read) -> impl Iterator<Item = Origin> + 'a {
    let mut start = 0;
    // How far the key of the copy is indented: its value, in whatever quotes, is further than that.
    let mut copy: Option<usize> = None;
    file.text().split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let indent = line.len() - line.trim_start().len();
        copy = copy.filter(|key| indent > *key || line.trim().is_empty()).or(line.contains(COPY).then_some(indent));
        let copied = copy.is_some();
        let found = given(line.trim_end()).filter(|_| !copied)?;
        let own = line.trim_end();
        let rest = file.text().get(start..).filter(|_| own.ends_with(GOES_ON)).unwrap_or_default();
        let below = rest.find('\n').unwrap_or(rest.len());
        let end = if below > 0 { start + below } else { at + own.len() };
        let covered = read.touches(&(at..end));
        (!covered).then(|| Origin::new(file, at + found.start..at + found.end))
    })
}

/// Where a line gives one of our flags: it begins with it, or with other flags and few words before it, and a value
/// follows. Sentences and comments speak of flags and give none.
fn given(line: &str) -> Option<Range<usize>> {
    let found = mention(line.as_bytes())?;
    if COMMENTS.iter().any(|mark| line.trim_start().starts_with(mark)) {
        return None;
    }
    let before = line.get(..found.start)?.trim_end_matches(of_name);
    let token = line.get(before.len()..found.start)?;
    let rest = line.get(found.end..)?.trim_start_matches(of_name);
    let gives = (begins(before) || (token.starts_with("--") && is_command(before))) && has_value(rest, token);
    gives.then_some(found)
}

fn of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// Nothing but the marks of an item, a string or a list.
fn begins(before: &str) -> bool {
    before.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '"' | '\'' | ',' | '[' | '(' | '{' | '\\'))
}

fn is_command(before: &str) -> bool {
    let words = before.split_whitespace().filter(|word| !word.starts_with('-')).count();
    words <= MOST_WORDS && !["{\"", "`", "grep "].iter().any(|mark| before.contains(mark))
}

fn has_value(rest: &str, token: &str) -> bool {
    let after = rest.trim_start_matches(['"', '\'']).trim_start();
    let value = match after.strip_prefix(['=', ':']) {
        Some(value) if value.starts_with(['=', ':']) => return false,
        Some(value) => value.trim(),
        None if token.starts_with("--") && rest.starts_with(' ') && after.starts_with(['/', '$', '"', '\'']) => after,
        None => return false,
    };
    let value = value.trim_end_matches(['\\', ',', '"', '\'', ' ']);
    let named = value.split(" --").next().unwrap_or_default();
    !value.is_empty() && !is_type(value) && !named.contains('`') && named.split_whitespace().count() <= MOST_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_yaml_says_how_a_server_is_verified() {
        let told = |text: &str| of_api_service(&Text::of(&SourceFile::new("x", text))).map(|unread| unread.name);
        for (text, name) in [
            ("\"kind\" = \"APIService\"\n  \"insecureSkipTLSVerify\" = true\n", "insecureSkipTLSVerify"),
            (
                "resource \"kubernetes_api_service_v1\" \"m\" {\n insecure_skip_tls_verify = true",
                "insecure_skip_tls_verify",
            ),
            ("Kind:         APIService\nSpec:\n  Insecure Skip TLS Verify:  true\n", "Insecure Skip TLS Verify"),
            ("- kind: APIService\n  spec:\n{{- if .ca }}\n    caBundle: Z2Fy\n{{- end }}\n", "caBundle"),
            ("kind = \"APIService\"\nspec = {\n  caBundle = \"Z2Fy\"\n}\n", "caBundle"),
        ] {
            assert_eq!(told(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "kind = \"APIService\"\ninsecureSkipTLSVerify = false\n",
            "kind = \"Service\"\ninsecure_skip_tls_verify = true\n",
            "Kind: APIService\n# insecureSkipTLSVerify: true\n",
            "# kind: APIService\nkind: Webhook\nwebhooks:\n- clientConfig:\n    caBundle: Z2Fy\n",
            "kind: Application\nspec:\n  ignoreDifferences:\n  - kind: APIService\n    group: x\n---\nkind: Webhook\nwebhooks:\n\
             - clientConfig:\n    caBundle: Z2Fy\n",
            "items:\n- spec:\n    ignoreDifferences:\n    - group: x\n      kind: APIService\n- webhooks:\n  - clientConfig:\n      \
             caBundle: Z2Fy\n",
            "resource \"x\" \"y\" {\n  depends_on = [kubernetes_api_service_v1.m]\n  ca_bundle = \"Z2Fy\"\n}\n",
            "resource \"kubernetes_api_service_v1\" \"m\" {\n}\nresource \"x\" \"y\" {\n  ca_bundle = \"Z2Fy\"\n}\n",
            "package x\n\nKind: \"APIService\",\nInsecureSkipTLSVerify: true,\n",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn what_lets_a_chart_skip_the_verification_is_told() {
        let told = |text: &str| of_chart(&Text::of(&SourceFile::new("x", text))).is_some();
        const NAME: &str = "apiService.insecureSkipTLSVerify";
        for text in [
            format!("helm install m m/m --set {NAME}=true --wait\n"),
            format!("helm install m m/m \\\n  --set-string a=b,{NAME}=true\n"),
            format!("set {{\n  name  = \"{NAME}\"\n  value = \"true\"\n}}\n"),
            format!("set:\n- name: {NAME}\n  value: true\n"),
        ] {
            assert!(told(&text), "{text}");
        }
        for text in [
            format!("helm install m m/m --set {NAME}=false\n"),
            format!("# helm install m m/m --set {NAME}=true\n"),
            format!("Where {NAME} is true, nobody verifies it.\n"),
            format!("set {{\n  name  = \"{NAME}\"\n  value = \"false\"\n}}\n"),
        ] {
            assert!(!told(&text), "{text}");
        }
    }

    #[test]
    fn a_line_gives_a_flag_or_speaks_of_it() {
        for line in [
            "--requestheader-client-ca-file=/p/ca.crt \\",
            "  - \"--proxy-client-cert-file=/p/x.crt\",",
            "requestheader_allowed_names: front",
            "    - requestheader-client-ca-file=/p/ca.crt",
            "PROXY_CLIENT_CERT_FILE = \"/p/x.crt\"",
            "exec kube-apiserver --v=2 --requestheader-client-ca-file /p/ca.crt --profiling",
            "sed -i s/a/ --requestheader-client-ca-file=/p/ca.crt",
        ] {
            assert!(given(line).is_some(), "{line}");
        }
        for line in [
            "# --requestheader-client-ca-file=/p/ca.crt",
            "  // requestheader-allowed-names: x",
            "The flag --requestheader-client-ca-file=/p names the CA of all front proxies.",
            "Set `--requestheader-client-ca-file=/p`.",
            "`--requestheader-client-ca-file=/p`",
            "ps aux | grep requestheader-client-ca-file",
            "grep -q -- --requestheader-client-ca-file /p/kube-apiserver.yaml",
            "requestheader-client-ca-file:",
            "requestheader-client-ca-file: string",
            "--requestheader-client-ca-file: the CA bundle that verifies client certificates",
            "if o.RequestHeaderAllowedNames == nil",
        ] {
            assert!(given(line).is_none(), "{line}");
        }
    }
    #[test]
    fn what_stands_beside_a_server_and_is_nobodys_is_named() {
        let named = |text: &str| {
            let found = crate::source::read(&SourceFile::new("x", text), None, &crate::source::NoSurroundings);
            let line = |document: &Document| match document {
                Document::Unread(unread) => Some(unread.mention.start().0),
                _ => None,
            };
            found.unwrap().iter().find_map(line)
        };
        let server = "kube-apiserver --client-ca-file=/a --requestheader-client-ca-file=/b --etcd-servers=x";
        let nobodys = "--foo=1 --requestheader-client-ca-file=/a";
        assert_eq!(named(&format!("#!/bin/sh\nARGS=\"{nobodys}\"\n{server}\n")), Some(2));
        assert_eq!(named(&format!("#!/bin/sh\n{server}\n/usr/bin/thing {nobodys}\n")), Some(3));
        assert_eq!(named(&format!("#!/bin/sh\nARGS=\"--foo=1\"\n{server}\n")), None);
        let container =
            |name: &str, args: &str| format!("  - {{name: {name}, image: e.org/{name}, args: [--foo=1, {args}]}}\n");
        let judged = container("a", "--requestheader-client-ca-file=/a");
        let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  containers:\n{judged}");
        assert_eq!(named(&pod), None);
        let other = "  - name: b\n    image: e.org/b\n    args:\n    - --proxy-client-cert-file=/a\n";
        assert_eq!(named(&format!("{pod}{other}")), Some(10));
    }
}
