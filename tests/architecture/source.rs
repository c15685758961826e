//! The crate's sources, and what they mention: paths, panics, versions.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, ItemMod, Token, UseTree};

/// A file under `src/`, and what it mentions.
#[derive(Debug)]
pub(crate) struct Source {
    /// From `src/` on.
    pub(crate) path: String,
    /// How many lines it has.
    pub(crate) lines: usize,
    /// In no order that means anything.
    pub(crate) mentions: Vec<Mention>,
}

/// Something that a rule may be about.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) line: usize,
    /// Whether only tests compile it.
    pub(crate) in_test: bool,
    pub(crate) fact: Fact,
}

/// What is mentioned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A path, from `crate` or from the name of another crate on.
    Path(Vec<String>),
    /// `a[b]`.
    Index,
    /// A method or a macro that panics.
    Panic(String),
    /// `unsafe`.
    Unsafe,
    /// A version that is matched or compared with a constant.
    VersionTest,
}

const PANICKING_METHODS: &[&str] = &["unwrap", "unwrap_err", "expect", "expect_err"];
const PANICKING_MACROS: &[&str] =
    &["panic", "unreachable", "todo", "unimplemented", "assert", "assert_eq", "assert_ne"];

/// Every file that is reached from `lib.rs` or `main.rs`.
pub(crate) fn read_all() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut open = vec![("lib.rs".to_owned(), false), ("main.rs".to_owned(), false)];
    while let Some((path, in_test)) = open.pop() {
        let text = fs::read_to_string(src().join(&path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        let source = Source::parse(&path, &text, in_test).unwrap_or_else(|e| panic!("{path}: {e}"));
        open.extend(modules_of(&path, &text, in_test));
        sources.push(source);
    }
    sources
}

/// Every file under `src/` that ends with `.rs`.
pub(crate) fn files_on_disk() -> Vec<String> {
    let (mut files, mut open) = (Vec::new(), vec![src()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.strip_prefix(src()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of the modules that a file declares, and whether only tests compile them.
fn modules_of(path: &str, text: &str, in_test: bool) -> Vec<(String, bool)> {
    let directory = module_path(path).iter().fold(String::new(), |all, name| all + name + "/");
    let items = syn::parse_file(text).unwrap().items;
    let declared = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module),
        _ => None,
    });
    declared
        .map(|module| {
            let file = format!("{directory}{}.rs", module.ident);
            let folder = format!("{directory}{}/mod.rs", module.ident);
            let path = if src().join(&file).exists() { file } else { folder };
            (path, in_test || is_test(&module.attrs))
        })
        .collect()
}

/// The module that a file is, from the crate's root on.
fn module_path(path: &str) -> Vec<String> {
    let names = path.trim_end_matches(".rs").trim_end_matches("/mod");
    names.split('/').filter(|&name| name != "lib" && name != "main").map(str::to_owned).collect()
}

impl Source {
    /// Takes `text` for the file at `path`.
    pub(crate) fn parse(path: &str, text: &str, in_test: bool) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut reader =
            Reader { module: module_path(path), in_test, in_const: false, mentions: Vec::new() };
        reader.find_unsafe(text.parse()?);
        reader.visit_file(&file);
        let (path, lines) = (path.to_owned(), text.lines().count());
        Ok(Self { path, lines, mentions: reader.mentions })
    }

    /// The room that it stands in: the first folder, or the file's own name.
    pub(crate) fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

/// Walks a file and collects what it mentions.
struct Reader {
    module: Vec<String>,
    in_test: bool,
    in_const: bool,
    mentions: Vec<Mention>,
}

impl Reader {
    fn mention(&mut self, span: Span, fact: Fact) {
        self.mentions.push(Mention { line: span.start().line, in_test: self.in_test, fact });
    }

    fn find_unsafe(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.find_unsafe(group.stream()),
                TokenTree::Ident(ident) if ident == "unsafe" => {
                    self.mention(ident.span(), Fact::Unsafe);
                }
                _ => (),
            }
        }
    }

    /// A path as it is written, made absolute.
    fn path(&mut self, span: Span, written: &[String]) {
        let here = |up: usize| {
            let kept = self.module.len().saturating_sub(up);
            let module = self.module.iter().take(kept).cloned();
            std::iter::once("crate".to_owned()).chain(module).collect()
        };
        let (mut absolute, rest): (Vec<String>, &[String]) = match written {
            [root, rest @ ..] if root == "crate" || root == "pgautopsy" => {
                (vec!["crate".to_owned()], rest)
            }
            [first, rest @ ..] if first == "self" => (here(0), rest),
            [first, ..] if first == "super" => {
                let up = written.iter().take_while(|name| *name == "super").count();
                (here(up), &written[up..])
            }
            _ => (Vec::new(), written),
        };
        absolute.extend(rest.iter().filter(|name| *name != "self").cloned());
        if let [_, .., method] = absolute.as_slice()
            && is_panicking_method(method)
        {
            self.mention(span, Fact::Panic(method.clone()));
        }
        self.mention(span, Fact::Path(absolute));
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.path(name.span(), &with(&name.ident)),
            UseTree::Rename(rename) => self.path(rename.span(), &with(&rename.ident)),
            UseTree::Glob(glob) => self.path(glob.span(), prefix),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.use_tree(tree, prefix));
            }
        }
    }

    /// Visits what `attributes` belong to, as a test where they say so.
    fn inside(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= is_test(attributes);
        visit(self);
        self.in_test = before;
    }

    /// The arguments of a macro, where they are no list of expressions.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Bracket && follows_expression(&tokens[..at])
                    {
                        self.mention(group.span(), Fact::Index);
                    }
                    self.tokens(group.stream());
                }
                TokenTree::Ident(ident) => self.name(ident, &tokens[..at], &tokens[at..]),
                _ => (),
            }
        }
    }

    /// A name among tokens: `after` begins with it.
    fn name(&mut self, ident: &syn::Ident, before: &[TokenTree], after: &[TokenTree]) {
        let name = ident.to_string();
        let is_method = before.last().is_some_and(|token| is(token, '.'));
        let is_macro = after.get(1).is_some_and(|token| is(token, '!'));
        if is_method && is_panicking_method(&name) || is_macro && is_panicking(&name) {
            self.mention(ident.span(), Fact::Panic(name));
        } else if !continues_path(before) {
            self.path(ident.span(), &path_at(after));
        }
    }
}

/// The names that `::` joins, from the first token on.
fn path_at(mut tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    while let [TokenTree::Ident(ident), after @ ..] = tokens {
        path.push(ident.to_string());
        tokens = match after {
            [first, second, next @ ..] if is(first, ':') && is(second, ':') => next,
            _ => break,
        };
    }
    path
}

/// Whether the name behind these tokens continues a path.
fn continues_path(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(_), first, second] if is(first, ':') && is(second, ':'))
}

/// Whether `[` behind these tokens is an index.
fn follows_expression(before: &[TokenTree]) -> bool {
    const KEYWORDS: &[&str] =
        &["as", "break", "dyn", "else", "if", "in", "let", "match", "move", "mut", "ref", "return"];
    match before {
        [.., quote, TokenTree::Ident(_lifetime)] if is(quote, '\'') => false,
        [.., TokenTree::Ident(ident)] => !KEYWORDS.contains(&ident.to_string().as_str()),
        [.., TokenTree::Group(group)] => group.delimiter() != Delimiter::Brace,
        [.., TokenTree::Literal(_)] => true,
        [.., token] => is(token, '?'),
        [] => false,
    }
}

fn is(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn is_panicking_method(name: &str) -> bool {
    PANICKING_METHODS.contains(&name)
}

fn is_panicking(macro_name: &str) -> bool {
    PANICKING_MACROS.contains(&macro_name.trim_start_matches("debug_"))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

fn names(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Whether a path names one version: `PgVersion::V14`.
fn is_version(path: &[String]) -> bool {
    let number = |name: &str| name.strip_prefix('V').is_some_and(|n| n.parse::<u8>().is_ok());
    matches!(path, [.., kind, version] if kind == "PgVersion" && number(version))
}

/// Whether an expression is one version, or the number of one.
fn is_version_value(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => is_version(&names(&path.path)),
        Expr::MethodCall(call) => call.method == "major" && call.args.is_empty(),
        Expr::Paren(paren) => is_version_value(&paren.expr),
        Expr::Reference(reference) => is_version_value(&reference.expr),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        self.inside(attributes, |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.inside(&item.attrs, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    /// What stands in a constant fails the build, not the run.
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let before = std::mem::replace(&mut self.in_const, true);
        visit::visit_item_const(self, item);
        self.in_const = before;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.span(), &names(path));
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_index(&mut self, expr: &'ast syn::ExprIndex) {
        if !self.in_const {
            self.mention(expr.span(), Fact::Index);
        }
        visit::visit_expr_index(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if is_panicking_method(&name) && !self.in_const {
            self.mention(call.method.span(), Fact::Panic(name));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        use syn::BinOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let compares = matches!(expr.op, Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_));
        if compares && (is_version_value(&expr.left) || is_version_value(&expr.right)) {
            self.mention(expr.span(), Fact::VersionTest);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_range(&mut self, range: &'ast syn::ExprRange) {
        let ends = [&range.start, &range.end].into_iter().flatten();
        if ends.into_iter().any(|end| is_version_value(end)) {
            self.mention(range.span(), Fact::VersionTest);
        }
        visit::visit_expr_range(self, range);
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        if is_version_value(&expr.expr) {
            self.mention(expr.span(), Fact::VersionTest);
        }
        visit::visit_expr_match(self, expr);
    }

    fn visit_pat(&mut self, pattern: &'ast syn::Pat) {
        if let syn::Pat::Path(path) = pattern
            && is_version(&names(&path.path))
        {
            self.mention(path.span(), Fact::VersionTest);
        }
        visit::visit_pat(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        let name = names(&call.path).pop().unwrap_or_default();
        if is_panicking(&name) && !self.in_const {
            self.mention(call.path.span(), Fact::Panic(name.clone()));
        }
        let arguments = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let Ok(arguments) = arguments else { return self.tokens(call.tokens.clone()) };
        for argument in &arguments {
            if name == "matches" && is_version_value(argument) {
                self.mention(argument.span(), Fact::VersionTest);
            }
            self.visit_expr(argument);
        }
    }
}
