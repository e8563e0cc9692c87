# SPDX-License-Identifier: MIT
# A command line that cannot be is refused with status 2, naming the option and the value, and
# nothing is made.
. "$(dirname "$0")/../lib.sh"

run 2 train
err_has 'RUN is missing'
run 2 train r
err_has '--data SPEC is missing'
run 2 train r extra --data digits
err_has 'unexpected argument extra'
run 2 train r --hiden 3
err_has 'did you mean --hidden?'
run 2 train r --data
err_has 'needs a value'
run 2 train r --json=yes
err_has 'takes no value'
run 2 train r --data digits --hidden 0
err_has '--hidden 0: must be from 1'
run 2 train r --data digits --hidden 1x
err_has '--hidden 1x: not a whole number'
run 2 train r --data digits --hidden -3
err_has '--hidden -3: not a whole number'
run 2 train r --data digits --seed 99999999999999999999
err_has '--seed 99999999999999999999'
run 2 train r --data digits --learning-rate nan
err_has '--learning-rate nan: not a finite number'
run 2 train r --data digits --learning-rate 0
err_has '--learning-rate 0: must be above 0'
run 2 train r --data digits --cell lstn
err_has 'must be one of lstm|gru|tanh|relu'
run 2 train r --data digits --momentum 1.5
err_has '--momentum 1.5: must be from 0 to 1'
run 2 train r --data digits --threads many
err_has '--threads many'
run 2 train r --data nonsense:place
err_has 'nonsense'
run 2 train r --data 'digits?colour=3'
err_has 'colour'
run 2 build r --states 3 --stability 0.7
err_has 'give one of the two'
run 2 explain r --no-picture
err_has 'no-picture'
run 2 repair r
err_has '-o NEWRUN is missing'
run 2 repair r -o n --level word
err_has '--level word'
run 2 repair r -o n --samples 1 --count 2
err_has 'exclude each other'
run 2 predict r --foreign
err_has '--foreign needs --data'
run 2 fetch cifar
err_has 'cifar'
absent r
absent n

# An option that would do nothing beside the others is refused, not passed over.
run 2 train r --data digits --momentum 0.9
err_has '--momentum has no effect beside rmsprop'
run 2 train r --data digits --optimizer sgd --rho 0.5
err_has '--rho has no effect beside sgd'
run 2 train r --data digits --optimizer adam --momentum 0.5
err_has '--momentum has no effect beside adam'
run 2 build r --states 3 --max-states 5
err_has '--max-states has no effect beside --states'
run 2 explain r --measure votes -p 2
err_has '--norm has no effect beside --measure votes'
run 2 train r --data digits --epochs 0
err_has 'from 1 to 1000000000'
absent r
