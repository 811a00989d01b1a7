# Input: every src/<m>/CMakeLists.txt, then the sources. See include_direction.sh for the rules.

function complain(text) {
  print FILENAME ":" FNR ": " text
  failed = 1
}

# Adds `from`, and what it exposes to whoever links it, to what the set ("public" headers of a module,
# or "all" its files) may include.
function reach(set, module, from,    names, count, i) {
  if ((set, module, from) in reachable) return
  reachable[set, module, from] = 1
  count = split(public_links[from], names, " ")
  for (i = 1; i <= count; ++i) reach(set, module, names[i])
}

function close_over_links(    module, names, count, i) {
  for (module in declared) {
    reach("public", module, module)
    reach("all", module, module)
    count = split(private_links[module], names, " ")
    for (i = 1; i <= count; ++i) reach("all", module, names[i])
  }
  links_are_closed = 1
}

function read_link(module, target) {
  if (target == module) return
  if (!(target in position)) {
    complain("gatehouse::" target " is not a module of src/CMakeLists.txt")
  } else if (position[target] > position[module]) {
    complain(module " must not link " target ", which stands later in src/CMakeLists.txt")
  }
  if (is_public_section) public_links[module] = public_links[module] " " target
  else private_links[module] = private_links[module] " " target
}

BEGIN {
  position["asio"] = ++modules
  while ((getline line < "src/CMakeLists.txt") > 0) {
    if (!match(line, /^add_subdirectory\([a-z_]+\)/)) continue
    position[substr(line, RSTART + 17, RLENGTH - 18)] = ++modules
  }
}

FNR == 1 {
  count = split(FILENAME, part, "/")
  is_header_for_others = part[1] == "include"
  owner = is_header_for_others ? (count == 4 ? part[3] : "") : part[2]
  is_link_file = part[count] == "CMakeLists.txt"
  if (is_link_file) declared[owner] = 1
  else if (!links_are_closed) close_over_links()
  set = is_header_for_others ? "public" : "all"
}

is_link_file {
  sub(/#.*/, "")
  gsub(/[()]/, " ")
  for (i = 1; i <= NF; ++i) {
    if ($i ~ /^(LINK|PUBLIC|INTERFACE)$/) is_public_section = 1
    else if ($i ~ /^(PRIVATE_LINK|PRIVATE|gatehouse_module|target_link_libraries)$/) is_public_section = 0
    else if ($i ~ /^gatehouse::[a-z_]+$/ && !(i > 1 && $(i - 1) == "ALIAS")) read_link(owner, substr($i, 12))
  }
  next
}

!/^[ \t]*#[ \t]*include[ \t]*[<"]/ { next }

{
  match($0, /[<"][^>"]*[>"]/)
  header = substr($0, RSTART + 1, RLENGTH - 2)
  is_quoted = substr($0, RSTART, 1) == "\""
}

is_quoted && (is_header_for_others || header ~ /\.\.\//) {
  complain("\"" header "\": another folder's header is included as <gatehouse/...>, or not at all")
}

owner in declared && header ~ /^gatehouse\/[^\/]+\// {
  split(header, part, "/")
  if (!((set, owner, part[2]) in reachable)) complain(owner " does not link " part[2] ", yet includes <" header ">")
}

owner in declared && header ~ /^boost\/(asio|beast)/ && !((set, owner, "asio") in reachable) {
  complain(owner " does not link gatehouse::asio, yet includes <" header ">")
}

is_header_for_others && header ~ /^(boost\/beast|openssl)/ {
  complain("<" header "> belongs into src/, behind an interface")
}

END { exit failed }
