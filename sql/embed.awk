# Turns SQL files into C: awk -f embed.awk FILE.sql... > sql-text.c
#
# A file is one text under its own name, or, if it has lines "-- name: NAME",
# one text for each. The directory decides the list that it goes into. Lines that
# are only a comment stay behind. Plain POSIX awk: gawk, mawk and busybox agree.

function base_name(path) {
	sub(/.*\//, "", path)
	sub(/\.sql$/, "", path)
	return path
}

function list_of(path) {
	if (path ~ /\/report\/[^\/]*$/)
		return "reports"
	if (path ~ /\/migrations\/[^\/]*$/)
		return "migrations"
	return base_name(path) == "statements" ? "statements" : "scripts"
}

function begin_text(name) {
	end_text()
	body[list] = body[list] "\t{ \"" name "\",\n"
	open_list = list
}

function end_text() {
	if (open_list != "")
		body[open_list] = body[open_list] "\t},\n"
	open_list = ""
}

FNR == 1 {
	end_text()
	list = list_of(FILENAME)
}

/^-- name: / {
	begin_text($3)
	next
}

/^[ \t]*(--.*)?$/ {
	next
}

{
	if (open_list == "")
		begin_text(base_name(FILENAME))
	gsub(/[\\"]/, "\\\\&")
	gsub(/\t/, "\\t")
	body[list] = body[list] "\t\t\"" $0 "\\n\"\n"
}

END {
	end_text()
	print "/* Made by sql/embed.awk from the files in sql/. */"
	print "#include \"sql.h\""
	print "#include <stddef.h>"
	count = split("scripts statements reports migrations", lists, " ")
	for (i = 1; i <= count; i++) {
		printf "\nconst struct aa_sql aa_sql_%s[] = {\n", lists[i]
		printf "%s\t{ NULL, NULL }\n};\n", body[lists[i]]
	}
}
