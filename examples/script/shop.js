// The program that is served without -program. Its state is that of one
// interpreter: what one request puts in, the next one finds.
const stock = { apples: 100, pears: 50 };

function order(item, n) {
  if (!(item in stock)) throw new Error("no such item: " + item);
  if (n > stock[item]) throw new Error("only " + stock[item] + " " + item + " left");
  stock[item] -= n;
  return { item, n, left: stock[item] };
}

function left() {
  return stock;
}

// One customer who never comes to an end. The limit of the call ends him.
function dawdle() {
  for (;;) {}
}
