# Writes Maildir messages; prints "seconds file" of each, for its INTERNALDATE.

function text(n, i) {
	for (i = 1; i <= n; i++)
		printf "Line %d of message %d in %s, one of many that somebody may read.\n",
			i, number, box > file
}

BEGIN {
	srand(now)
	run = int(rand() * 1000000)
	for (number = 1; number <= count; number++) {
		at = now - (count - number) * hours * 3600 - 60
		file = sprintf("%s/cur/%d.M%06dR%06d.example:2,S",
			path, at, number, run)
		boundary = "part-" number
		printf "From: Sender %d <sender%d@example.net>\n", number % 7, number % 7 > file
		printf "To: <%s>\n", account > file
		printf "Subject: Message %d of %s\n", number, box > file
		printf "Date: %s\n", strftime("%a, %d %b %Y %H:%M:%S +0000", at, 1) > file
		printf "Message-ID: <%d.%d.%d@example.net>\n", number, run, at > file
		printf "MIME-Version: 1.0\n" > file
		if (number % 4 != 0) {
			printf "Content-Type: text/plain; charset=utf-8\n\n" > file
			text(lines)
		} else {
			printf "Content-Type: multipart/mixed; boundary=\"%s\"\n\n", boundary > file
			printf "--%s\nContent-Type: text/plain\n\n", boundary > file
			text(lines)
			printf "\n--%s\nContent-Type: application/octet-stream; name=\"data.bin\"\n", boundary > file
			printf "Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n" > file
			for (i = 0; i < lines; i++)
				print "YWxsIHRoYXQgYSB0aGllZiB3b3VsZCB3YW50IHRvIHJlYWQgaW4gcGVhY2UK" > file
			printf "\n--%s--\n", boundary > file
		}
		close(file)
		print at, file
	}
}
