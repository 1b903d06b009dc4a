# converged.awk: whether each service runs what it is told to, from what `deploy` asks docker for:
#
#   service ID NAME global|counted STATE-OF-ITS-UPDATE SPECIFICATION
#   count NAME RUNNING/WANTED
#   task SERVICE-ID STATE SPECIFICATION
#   again                                 not all could be asked
#
# Just after a change the update's state still is that of the one before, so each task's specification is compared with
# the service's. A task is "running" only when it is healthy. A global service that doesn't start wants none for a moment.

function rest(from,    text, i) {
	text = $0
	for (i = 1; i < from; i++) sub(/^[^ ]+ /, "", text)
	return text
}

$1 == "service" { name[$2] = $3; mode[$2] = $4; state[$2] = $5; wanted[$2] = rest(6); order[++services] = $2 }
$1 == "count" { count[$2] = $3 }
$1 == "task" { tasks[$2]++; if ($3 == "running" && rest(4) == wanted[$2]) current[$2]++ }
$1 == "again" { again = 1 }

END {
	for (i = 1; i <= services; i++) {
		id = order[i]
		split(count[name[id]], counts, "/")
		least = mode[id] == "global" ? 1 : 0
		if (state[id] ~ /^rollback_(completed|paused)$|^paused$/) what = "failed: " state[id]
		else if (state[id] ~ /^(updating|rollback_started)$/) what = "going: " state[id]
		else if (again || counts[2] == "" || counts[2] < least || counts[1] + 0 != counts[2] + 0 ||
			current[id] + 0 != counts[2] + 0 || tasks[id] + 0 != counts[2] + 0)
			what = "going: " current[id] + 0 " of " counts[2] " run as they should"
		else what = "done: " count[name[id]]
		print name[id], what
	}
}
