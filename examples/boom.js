let finrec = new FinalizationRegistry(v => {});
finrec.register({}, {});
throw "boom";
